# SPDX-License-Identifier: Apache-2.0
"""What applications have of somebody while they are away, ended from the sheet: it asks first."""

from urllib.parse import quote

from flask import request
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_parts import names_of
from idp.web.admin.account_door import PATH, Looking, denied, looking_at
from idp.web.admin.account_sheet import trail_of
from idp.web.admin.asking import Question, ask
from idp.web.admin.entry import refused
from idp.web.admin.typed import read_typed

LONGEST = 128


class LastingEndPages:
    """GET and POST /admin/accounts/<id>/lasting."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._people = services.office.people

    def mount(self, app: PageServer) -> None:
        """The address."""
        path = f"{PATH}/<account>/lasting"
        app.page(path, "admin-account-lasting-ask", self.ask)
        app.page(path, "admin-account-lasting", self.end, methods=("POST",))

    def ask(self, account: str) -> Answer:
        """« End it? »"""
        key = request.args.get("application", "")[:LONGEST]
        page = f"/lasting?application={quote(key, safe='')}"
        looking = looking_at(self._services, account, page, Right.SESSIONS_END)
        if not isinstance(looking, Looking):
            return looking
        if key not in {one.application for one in looking.sheet.lasting}:
            return refused(Denied.NOT_FOUND)
        name = names_of(self._core).get(key, key)
        sentence = _("It does nothing more in their name while they are away, and asks them again.")
        question = Question(
            _("End the access of %(name)s while they are away?", name=name),
            (sentence,),
            _("End the access"),
            f"{looking.path}/lasting",
            looking.path,
            tuple(trail_of(looking)),
            hidden={"application": key},
        )
        return ask(looking.clerk, question)

    def end(self, account: str) -> Answer:
        """End it."""
        looking = looking_at(self._services, account, "", Right.SESSIONS_END)
        if not isinstance(looking, Looking):
            return looking
        key = read_typed("application", longest=LONGEST)["application"]
        with self._core.database.write() as tx:
            done = self._people.end_lasting(tx, looking.clerk.authority, account, key)
        if isinstance(done, Denied):
            return denied(done)
        return see_other(f"{looking.path}?done={'lasting' if done else 'nothing'}")
