# SPDX-License-Identifier: Apache-2.0
"""« Recovery codes » in the account: shown once, noted, renewed."""

from typing import Final

from flask_babel import gettext as _

from connectors.base import Level
from idp.credentials import recovery, totp
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, Reply, see_other
from idp.sessions.values import Session
from idp.web.account_page import shown_day
from idp.web.account_parts import Owner, proved_owner
from idp.web.means_news import tell_means
from idp.web.visit import Visit

APP: Final = "/account/authenticator"
CODES: Final = "/account/recovery-codes"
# Under this name they are kept until their owner says that they are noted.
NEW_CODES: Final = "recovery"


class RecoveryPages:
    """GET and POST under /account/recovery-codes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(CODES, "recovery_codes", self.show)
        app.page(f"{CODES}/file", "recovery_file", self.file)
        app.page(f"{CODES}/renew", "renew_recovery", self.renew, methods=["POST"])
        app.page(f"{CODES}/noted", "noted_recovery", self.noted, methods=["POST"])

    def show(self) -> Answer:
        """The codes, as long as they are new; else how many are left."""
        codes = self._new(Visit(self._services).session)
        # Whoever had them made has proved all they could; the app that was set up with them asks
        # for its first code another day.
        level = Level.PASSWORD if codes else None
        owner = proved_owner(self._services, CODES, level)
        if not isinstance(owner, Owner):
            return owner
        with self._core.database.read() as tx:
            found = totp.find(tx, owner.account.id)
            left = recovery.remaining(tx, owner.account.id)
        if found is None:
            return see_other(APP)
        context = {
            "codes": codes,
            "left": left,
            "few": left <= recovery.FEW,
            "file_url": f"{CODES}/file",
            "noted_url": f"{CODES}/noted",
            "renew_url": f"{CODES}/renew",
            "back_url": APP,
        }
        return Page("account/recovery_codes.html", context, headers=list(NO_STORE))

    def _new(self, session: Session | None) -> list[str]:
        """The codes that this session had made and has not noted."""
        if session is None:
            return []
        with self._core.database.read() as tx:
            kept = self._core.pending.find(tx, NEW_CODES, session.id, session.account)
        return [recovery.grouped(one) for one in kept.split()] if kept else []

    def file(self) -> Answer:
        """The same codes as a text to keep."""
        codes = self._new(Visit(self._services).session)
        if not codes:
            return see_other(CODES)
        owner = proved_owner(self._services, CODES, Level.PASSWORD)
        if not isinstance(owner, Owner):
            return owner
        region = self._core.settings.region
        lines = [
            _("Recovery codes for %(server)s", server=f"{region.server_name}, {region.name}"),
            shown_day(self._core.clock.now()),
            "",
            *codes,
            "",
            _("Each code works once, in the place of your authenticator app."),
        ]
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Disposition", f'attachment; filename="{_("recovery-codes")}.txt"'),
            *NO_STORE,
        ]
        return Reply(200, headers, "\r\n".join(lines).encode() + b"\r\n")

    def renew(self) -> Answer:
        """Ten new ones; the old ones are worth nothing any more."""
        owner = proved_owner(self._services, CODES)
        if not isinstance(owner, Owner):
            return owner
        core, account, session = self._core, owner.account.id, owner.session
        with core.database.write() as tx:
            codes = core.recovery.renew(tx, account, owner.visit.call.origin)
            if codes:
                # Those that another session of theirs still shows are worth nothing now.
                core.pending.drop_all(tx, NEW_CODES, account)
                core.pending.keep(tx, NEW_CODES, session.id, account, " ".join(codes))
                tell_means(core, tx, account, "means-added", NEW_CODES, "")
        return see_other(CODES if codes else APP)

    def noted(self) -> Answer:
        """They are on paper: nobody sees them again."""
        visit = Visit(self._services)
        session = visit.session
        if session is None:
            return see_other("/login")
        with self._core.database.write() as tx:
            self._core.pending.drop(tx, NEW_CODES, session.id)
        return see_other(f"{APP}?done=noted")
