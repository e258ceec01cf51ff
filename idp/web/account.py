# SPDX-License-Identifier: Apache-2.0
"""« My account »: who one is, where one is logged in, what one has agreed to, and ending these."""

from flask import request

from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.login.leave import Reach
from idp.web.account_page import Done, account_page, read_done
from idp.web.visit import Visit

WITHDRAWN = "consent_withdrawn"


class AccountPages:
    """GET /account, and what its buttons post."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page("/account", "account", self.home)
        app.page("/account/sessions/<session>/end", "end_session", self.end, methods=["POST"])
        app.page(
            "/account/consents/<application>/withdraw",
            "withdraw_consent",
            self.withdraw,
            methods=["POST"],
        )

    def home(self) -> Answer:
        """The page, for somebody who is logged in."""
        visit = Visit(self._services)
        visit.touch()
        page = None
        if visit.session is not None:
            page = account_page(self._core, visit.session, read_done(request.args.get("done", "")))
        return page or see_other("/login")

    def end(self, session: str) -> Answer:
        """End another session of the same person, and tell its applications."""
        visit = Visit(self._services)
        current = visit.session
        if current is None:
            return see_other("/login")
        if session == current.id:
            # One's own browser is cleaned too: that is what logging out does (OA-178).
            return see_other("/logout")
        with self._core.database.read() as tx:
            # An idle one too: its tokens live.
            own = self._core.sessions.of_account(tx, current.account, even_idle=True)
        found = next((one for one in own if one.id == session), None)
        if found is None:
            # Somebody else's looks the same as none at all.
            return problem_page("not-found", status=404)
        told = self._services.leaving.leave(found, "person", visit.call.origin)
        if all(one.reach is Reach.REACHED for one in told):
            return _back(Done.SESSION)
        return _back(Done.SESSION_UNTOLD)

    def withdraw(self, application: str) -> Answer:
        """Take back what an application was given, with all that it holds (OA-175)."""
        visit = Visit(self._services)
        current = visit.session
        if current is None:
            return see_other("/login")
        core, account, origin = self._core, current.account, visit.call.origin
        with core.database.write() as tx:
            given = {one.application for one in core.consents.listed(tx, account)}
            if application not in given or not core.consents.withdraw(
                tx, account, application, origin
            ):
                return see_other("/account")
            # ASVS 10.7.3: its tokens end with the consent, in the same transaction.
            core.codes.revoke_all_of(tx, account, application, WITHDRAWN, origin)
        return _back(Done.CONSENT)


def _back(done: Done) -> Answer:
    return see_other(f"/account?done={done.value}")
