# SPDX-License-Identifier: Apache-2.0
"""« Keys »: those that sign, replaced and, in an emergency, revoked."""

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.keys.schedule import State
from idp.web.account_page import Stamp, stamp
from idp.web.admin.asking import Question, ask
from idp.web.admin.deciding import WAITS, denied_answer, waits_words
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show

HERE = "/admin/keys"
ROTATE, REVOKE = f"{HERE}/rotate", f"{HERE}/revoke"
TONES = {
    State.PENDING: "info",
    State.ACTIVE: "good",
    State.RETIRED: "quiet",
    State.REMOVED: "quiet",
    State.REVOKED: "bad",
}


class KeyPages:
    """/admin/keys."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.keys

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HERE, "admin_keys", self.listed)
        app.page(ROTATE, "admin_keys_rotate", self.ask_rotate)
        app.page(ROTATE, "admin_keys_rotate_do", self.rotate, methods=["POST"])
        app.page(REVOKE, "admin_keys_revoke", self.ask_revoke)
        app.page(REVOKE, "admin_keys_revoke_do", self.revoke, methods=["POST"])

    def listed(self) -> Answer:
        """All of them."""
        clerk = clerk_of(self._services, HERE, Right.KEYS_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.listed(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        news = {
            "rotated": _("The next key is published. It signs once applications know it."),
            "under-way": _("A replacement is under way already."),
            "revoked": _("The key is revoked, and another one signs."),
            WAITS: waits_words(),
        }
        context = {
            "signing": [
                {
                    "kid": one.kid,
                    "algorithm": one.algorithm,
                    "state": _words(state),
                    "tone": TONES[state],
                    "from": Stamp(one.active_from),
                    "until": stamp(one.retired_at),
                    "gone": stamp(one.revoked_at or one.removed_at),
                    "revocable": state in {State.PENDING, State.ACTIVE, State.RETIRED},
                }
                for one, state in found
            ],
            "algorithms": sorted({one.algorithm for one, state in found if state is State.ACTIVE}),
            "may_rotate": clerk.authority.may(Right.KEYS_ROTATE),
            "done": news.get(request.args.get("done", "")),
        }
        return show(clerk, "keys", context)

    def ask_rotate(self) -> Answer:
        """What a replacement does."""
        algorithm = request.args.get("algorithm", "")[:16]
        clerk = proved_clerk(self._services, HERE, Right.KEYS_ROTATE)
        if not isinstance(clerk, Clerk):
            return clerk
        question = Question(
            _("Replace the key for %(algorithm)s", algorithm=algorithm),
            (
                _("A new key is published at once, and signs after the time applications need."),
                _("What the present one has signed stays good until it expires by itself."),
            ),
            _("Replace it"),
            ROTATE,
            HERE,
            trail=((_("Signing keys"), HERE),),
            hidden={"algorithm": algorithm},
            look="primary",
        )
        return ask(clerk, question)

    def rotate(self) -> Answer:
        """Publish the next one."""
        clerk = proved_clerk(self._services, HERE, Right.KEYS_ROTATE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            done = self._desk.rotate(tx, clerk.authority, request.form.get("algorithm", ""))
        if isinstance(done, Denied):
            return denied_answer(done, HERE)
        self._core.keys.reload()
        return see_other(f"{HERE}?done={'under-way' if isinstance(done, Unfit) else 'rotated'}")

    def ask_revoke(self) -> Answer:
        """What an emergency costs."""
        kid = request.args.get("key", "")[:128]
        clerk = proved_clerk(self._services, HERE, Right.KEYS_ROTATE)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.listed(tx, clerk.authority)
        if isinstance(found, Denied) or kid not in {one.kid for one, _state in found}:
            return refused(Denied.NOT_FOUND)
        question = Question(
            _("Revoke a key that leaked"),
            (
                _("It is unpublished and destroyed at once, and cannot come back."),
                _("Applications refuse everything it has signed: people log in there again."),
            ),
            _("Revoke it"),
            REVOKE,
            HERE,
            trail=((_("Signing keys"), HERE),),
            facts=((_("Key"), kid),),
            hidden={"key": kid},
            tick=_("I know that everybody is asked to log in again."),
        )
        return ask(clerk, question)

    def revoke(self) -> Answer:
        """Unpublish and destroy it."""
        clerk = proved_clerk(self._services, HERE, Right.KEYS_ROTATE)
        if not isinstance(clerk, Clerk):
            return clerk
        kid = request.form.get("key", "")[:128]
        if request.form.get("sure") != "yes":
            return see_other(f"{REVOKE}?key={kid}") if kid.isalnum() else refused(Denied.NOT_FOUND)
        with self._core.database.write() as tx:
            done = self._desk.revoke(tx, clerk.authority, kid)
        if isinstance(done, Denied):
            return denied_answer(done, HERE)
        self._core.keys.reload()
        return see_other(f"{HERE}?done=revoked")


def _words(state: State) -> str:
    words = {
        State.PENDING: _("Published, signs soon"),
        State.ACTIVE: _("Signs"),
        State.RETIRED: _("Signs no more"),
        State.REMOVED: _("Gone"),
        State.REVOKED: _("Revoked"),
    }
    return str(words[state])
