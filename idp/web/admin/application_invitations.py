# SPDX-License-Identifier: Apache-2.0
"""« Invitations »: by which applications register themselves, and on which terms."""

from collections.abc import Container
from typing import Any, Final
from urllib.parse import quote

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.inviting import DAY
from idp.applications.invitations import Invitation
from idp.applications.terms import Terms
from idp.config.oidc import CLOSED
from idp.grants.lasting import SCOPE as LASTING
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import stamp
from idp.web.admin.application_sections import FORM, LEVELS, POPULATIONS, PROOF, RELEASE
from idp.web.admin.application_shapes import Options
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.invitation_words import DONE, FAULTS, STATES
from idp.web.admin.typed import done_sentence, read_typed, whole_number
from idp.web.means import label_of

APPLICATIONS: Final = "/admin/applications"
PATH: Final = f"{APPLICATIONS}/invitations"
RIGHT: Final = Right.APPLICATIONS_EDIT
OPTIONS: Final = {one.name: one.options for part in (PROOF, RELEASE, FORM) for one in part.fields}
SCOPES: Final = (
    *OPTIONS["oidc.scopes"],
    (LASTING, later("Access while people are away (offline_access)")),
)
METHODS: Final = OPTIONS["oidc.token_endpoint_auth_method"]
GRANTS: Final = OPTIONS["oidc.grant_types"]
ANSWERS: Final = OPTIONS["oidc.response_types"]
SWITCHES: Final = ("approved", "excused", "old_signatures", "public")
LISTS: Final = ("scopes", "grants", "answers", "methods", "means", "populations")
USUAL: Final = {
    "label": "",
    "places": "1",
    "days": "7",
    "hosts": "",
    "level": "1",
    "scopes": ("openid", "profile"),
    "grants": ("authorization_code", "refresh_token"),
    "answers": ("code",),
    "methods": ("private_key_jwt", "client_secret_basic"),
    "means": ("password",),
    "populations": ("professional",),
    "approved": True,
    "excused": False,
    "old_signatures": False,
    "public": False,
}


class InvitationPages:
    """GET and POST /admin/applications/invitations…"""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._inviting = services.office.inviting

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(PATH, "admin-invitations", self.every)
        app.page(f"{PATH}/new", "admin-invitation-new", self.new)
        app.page(f"{PATH}/new", "admin-invitation-add", self.add, methods=("POST",))
        app.page(f"{PATH}/withdraw", "admin-invitation-ask", self.ask_withdrawal)
        app.page(f"{PATH}/withdraw", "admin-invitation-do", self.withdraw, methods=("POST",))

    def every(self) -> Answer:
        """All of them."""
        clerk = clerk_of(self._services, PATH, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._inviting.every(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        now = self._core.clock.now()
        context = {
            "invitations": [_line(one, now) for one in found],
            "closed": self._core.settings.oidc.registration == CLOSED,
            "done": done_sentence(DONE),
        }
        return show(clerk, "application_invitations", context)

    def new(self) -> Answer:
        """The form of a new one; whoever fills it in has just proved who they are."""
        clerk = proved_clerk(self._services, f"{PATH}/new", RIGHT)
        return self._form(clerk, USUAL) if isinstance(clerk, Clerk) else clerk

    def add(self) -> Answer:
        """Make it; what it is shown by is told this once."""
        clerk = proved_clerk(self._services, f"{PATH}/new", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = _read()
        places, days = (whole_number(typed[name]) or 0 for name in ("places", "days"))
        with self._core.database.write() as tx:
            made = self._inviting.make(
                tx, clerk.authority, typed["label"], places, days * DAY, _terms(typed)
            )
        if isinstance(made, Denied):
            return refused(made)
        invitation, token = made[0], made[-1]
        if isinstance(invitation, str):
            return self._form(clerk, typed, tuple(str(one) for one in made))
        context = {
            "invitation": invitation,
            "until": stamp(invitation.expires_at),
            "token": token,
            "address": f"{self._core.settings.server.issuer}/oidc/register",
            "back": PATH,
        }
        return show(clerk, "application_invitation_made", context)

    def ask_withdrawal(self) -> Answer:
        """« Withdraw it? »"""
        name = request.args.get("one", "")[:64]
        clerk = clerk_of(self._services, f"{PATH}/withdraw?one={quote(name)}", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._inviting.one(tx, clerk.authority, name)
        if isinstance(found, Denied):
            return refused(found)
        question = Question(
            _("Withdraw the invitation %(name)s?", name=found.label),
            (_("Nobody registers by it any more. Applications that did stay as they are."),),
            _("Withdraw the invitation"),
            f"{PATH}/withdraw",
            PATH,
            ((_("Applications"), APPLICATIONS), (_("Invitations"), PATH)),
            hidden={"one": found.id},
        )
        return ask(clerk, question)

    def withdraw(self) -> Answer:
        """Withdraw it."""
        clerk = clerk_of(self._services, PATH, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        name = read_typed("one", longest=64)["one"]
        with self._core.database.write() as tx:
            done = self._inviting.withdraw(tx, clerk.authority, name)
        return refused(done) if isinstance(done, Denied) else see_other(f"{PATH}?done=withdrawn")

    def _form(self, clerk: Clerk, typed: dict[str, Any], wrong: tuple[str, ...] = ()) -> Answer:
        kinds = sorted(self._services.attempts.levels)
        context = {
            "typed": typed,
            "errors": {one: str(FAULTS.get(one, FAULTS["other"])) for one in wrong},
            "options": {
                "scopes": [(one, str(said)) for one, said in SCOPES],
                "grants": [(one, str(said)) for one, said in GRANTS],
                "answers": [(one, str(said)) for one, said in ANSWERS],
                "methods": [(one, str(said)) for one, said in METHODS],
                "means": [(one, label_of(one)) for one in kinds],
                "populations": [(one, str(said)) for one, said in POPULATIONS],
                "level": [(one, str(said)) for one, said in LEVELS],
            },
            "action": f"{PATH}/new",
            "back": PATH,
        }
        return show(clerk, "application_invitation", context, 422 if wrong else 200)


def _read() -> dict[str, Any]:
    typed: dict[str, Any] = dict(read_typed("label", "places", "days", "level"))
    typed["hosts"] = read_typed("hosts", longest=4000)["hosts"]
    typed |= {name: tuple(request.form.getlist(name)[:50]) for name in LISTS}
    typed |= {name: request.form.get(name) == "yes" for name in SWITCHES}
    return typed


def _terms(typed: dict[str, Any]) -> Terms:
    """What is no choice of the form is none."""
    return Terms(
        scopes=_among(SCOPES, typed["scopes"]),
        grants=_among(GRANTS, typed["grants"]),
        answers=_among(ANSWERS, typed["answers"]),
        methods=_among(METHODS, typed["methods"]),
        hosts=tuple(dict.fromkeys(typed["hosts"].split())),
        approved=typed["approved"],
        excused=typed["excused"],
        old_signatures=typed["old_signatures"],
        public=typed["public"],
        policy={
            "means": list(typed["means"]),
            "level": whole_number(typed["level"]) or 0,
            "populations": list(typed["populations"]),
            "consent": True,
        },
    )


def _among(options: Options, chosen: Container[str]) -> tuple[str, ...]:
    return tuple(one for one, _said in options if one in chosen)


def _line(one: Invitation, now: int) -> dict[str, Any]:
    if one.withdrawn_at is not None:
        state = "withdrawn"
    elif one.expires_at <= now:
        state = "over"
    else:
        state = "good" if one.places else "used"
    said, tone = STATES[state]
    return {
        "label": one.label,
        "state": str(said),
        "tone": tone,
        "places": f"{one.places}/{one.most}",
        "until": stamp(one.expires_at),
        "approved": one.terms.approved,
        "withdraw": f"{PATH}/withdraw?one={quote(one.id)}" if state == "good" else "",
    }
