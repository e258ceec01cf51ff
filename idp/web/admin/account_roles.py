# SPDX-License-Identifier: Apache-2.0
"""The roles of one account: given and taken by whoever has just proved who they are."""

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.administration.authority import Denied, Held
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right, Role
from idp.administration.target import gives
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.web.admin.account_door import PATH, Looking, denied, looking_at
from idp.web.admin.account_sheet import tabs_of, trail_of
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import refused, show
from idp.web.admin.role_words import ABOUT, role_options, shown_role
from idp.web.admin.typed import done_sentence, read_typed

_l = lazy_gettext
DONE = {
    "given": _l("The role is given. It counts from their next page on."),
    "held": _l("They held this role already."),
    "taken": _l("The role is taken away. It opens nothing any more."),
    "gone": _l("They did not hold this role."),
}
UNFIT = {
    "perimeter-needed": _l("This role needs an establishment."),
    "no-perimeter": _l("This role is held for the whole region, and for no establishment alone."),
    "unknown-establishment": _l("This establishment is not there."),
    "patient": _l("Patients hold no role."),
    "last": _l("This is the last super-administrator: somebody must be left."),
}
# What a verb on roles answers.
Answered = Denied | Unfit | bool


class AccountRolePages:
    """GET and POST /admin/accounts/<id>/roles."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._office = services.office

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        path = f"{PATH}/<account>/roles"
        app.page(path, "admin-account-roles", self.every)
        app.page(path, "admin-account-role-give", self.give, methods=("POST",))
        app.page(f"{path}/take", "admin-account-role-ask", self.ask_take)
        app.page(f"{path}/take", "admin-account-role-take", self.take, methods=("POST",))

    def every(self, account: str) -> Answer:
        """What they hold, and the form to give another one."""
        looking = looking_at(self._services, account, "/roles", Right.ROLES_SEE)
        return self._show(looking) if isinstance(looking, Looking) else looking

    def give(self, account: str) -> Answer:
        """Give one."""
        looking = self._proved(account)
        if not isinstance(looking, Looking):
            return looking
        held = _read_held()
        if held is None:
            return refused(Denied.NOT_FOUND)
        with self._core.database.write() as tx:
            done = self._office.roles.give(tx, looking.clerk.authority, account, held)
        return self._settled(looking, done, "given", "held")

    def ask_take(self, account: str) -> Answer:
        """« Take it away? »"""
        looking = self._proved(account)
        if not isinstance(looking, Looking):
            return looking
        named = request.args.get("held", "")[:64]
        held = next((one for one in looking.sheet.roles if _key_of(one) == named), None)
        if held is None:
            return refused(Denied.NOT_FOUND)
        role, _sep, house = named.partition("|")
        question = Question(
            _("Take this role away from %(name)s?", name=looking.name),
            (str(ABOUT[held.role]),),
            _("Take it away"),
            f"{looking.path}/roles/take",
            f"{looking.path}/roles",
            (*trail_of(looking), (_("Roles"), f"{looking.path}/roles")),
            facts=(
                (_("Role"), shown_role(held.role)),
                (_("Perimeter"), self._named(looking, held)),
            ),
            hidden={"role": role, "establishment": house},
        )
        return ask(looking.clerk, question)

    def take(self, account: str) -> Answer:
        """Take it away."""
        looking = self._proved(account)
        if not isinstance(looking, Looking):
            return looking
        held = _read_held()
        if held is None:
            return refused(Denied.NOT_FOUND)
        with self._core.database.write() as tx:
            done = self._office.roles.take(tx, looking.clerk.authority, account, held)
        return self._settled(looking, done, "taken", "gone")

    def _settled(self, looking: Looking, answer: Answered, word: str, otherwise: str) -> Answer:
        """What came of it: a refusal, a fault, or the list with what was done in a word."""
        if isinstance(answer, Denied):
            return denied(answer)
        if isinstance(answer, Unfit):
            return self._show(looking, str(UNFIT.get(answer.why, answer.why)))
        return see_other(f"{looking.path}/roles?done={word if answer else otherwise}")

    def _proved(self, account: str) -> Looking | Answer:
        """SE-006: who gives power has just shown who they are."""
        return looking_at(self._services, account, "/roles", Right.ROLES_GRANT, proved=True)

    def _show(self, looking: Looking, fault: str = "") -> Page:
        authority, sheet = looking.clerk.authority, looking.sheet
        free = Right.ROLES_GRANT in sheet.may and authority.actor != sheet.account.id
        given = gives(authority) if free else frozenset()
        with self._core.database.read() as tx:
            houses = self._office.houses.every(tx, authority)
        listed = [] if isinstance(houses, Denied) else houses
        context = {
            "path": looking.path,
            "name": looking.name,
            "tabs": tabs_of(looking, "roles"),
            "back_trail": trail_of(looking),
            "roles": [
                {
                    "key": _key_of(one),
                    "role": shown_role(one.role),
                    "about": ABOUT[one.role],
                    "perimeter": self._named(looking, one),
                    "takeable": one.role in given,
                }
                for one in sheet.roles
            ],
            "options": role_options(given),
            "houses": [(one.key, f"{one.name} ({one.key})") for one in listed],
            "fault": fault,
            "done": done_sentence(DONE),
        }
        return show(looking.clerk, "account_roles", context, 409 if fault else 200)

    def _named(self, looking: Looking, held: Held) -> str:
        if not held.establishment:
            return str(_("The whole region"))
        with self._core.database.read() as tx:
            house = self._office.houses.load(tx, looking.clerk.authority, held.establishment)
        return held.establishment if isinstance(house, Denied) else house.establishment.name


def _key_of(held: Held) -> str:
    return f"{held.role.value}|{held.establishment}"


def _read_held() -> Held | None:
    typed = read_typed("role", "establishment", longest=64)
    if typed["role"] not in set(Role):
        return None
    return Held(Role(typed["role"]), typed["establishment"])
