# SPDX-License-Identifier: Apache-2.0
"""After a request was sent: links of letters, where it stands, and giving it up.

Looking at a link uses nothing up: it moves out of the address into a cookie at once, and only the
form of the page that follows acts (CR-043).
"""

import re
from typing import Any, Final

from flask_babel import gettext as _

from idp.http.cookies import LINK_LIFE
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.registration.drafts import EDITED, No
from idp.registration.links import LONGEST, Purpose
from idp.registration.values import Request, Stage
from idp.web.account_page import stamp
from idp.web.registration.entry import COOKIE, HOME, STATUS, STEPS, held, lost, show, too_often
from idp.web.visit import Visit

SECRET: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
CONFIRM: Final = f"{HOME}/confirm"
RESUME: Final = f"{HOME}/resume"
LINK: Final = {one: f"registration-{one.value}" for one in Purpose}


class AfterPages:
    """Links of letters, and the page of a request."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._drafts = services.core.registration.drafts

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        for purpose, rule, then in (
            (Purpose.CONFIRM, f"{CONFIRM}/<secret>", CONFIRM),
            (Purpose.RESUME, f"{RESUME}/<secret>", RESUME),
            (Purpose.FOLLOW, f"{HOME}/follow/<secret>", STATUS),
        ):
            follow = self._follower(purpose, then)
            app.page(rule, f"registration_link_{purpose.value}", follow)
        app.page(CONFIRM, "registration_confirm", self.show_confirm)
        app.page(CONFIRM, "registration_confirmed", self.confirm, methods=["POST"])
        app.page(f"{CONFIRM}/not-me", "registration_disowned", self.disown, methods=["POST"])
        app.page(RESUME, "registration_resume", self.show_resume)
        app.page(RESUME, "registration_resumed", self.resume, methods=["POST"])
        app.page(STATUS, "registration_status", self.status)
        app.page(f"{STATUS}/resend", "registration_resend", self.resend, methods=["POST"])
        app.page(f"{STATUS}/correct", "registration_reopen", self.reopen, methods=["POST"])
        app.page(f"{HOME}/later", "registration_later", self.later, methods=["POST"])
        app.page(f"{HOME}/withdraw", "registration_withdraw", self.ask_withdraw)
        app.page(f"{HOME}/withdraw", "registration_withdrawn", self.withdraw, methods=["POST"])
        app.page(f"{HOME}/gone", "registration_gone", self.gone)

    def _follower(self, purpose: Purpose, then: str) -> Any:
        def follow(secret: str) -> Answer:
            answer = see_other(then)
            if len(secret) <= LONGEST and SECRET.fullmatch(secret):
                answer.headers.append(self._core.jar.set(LINK[purpose], secret, LINK_LIFE))
            return answer

        return follow

    def _secret(self, visit: Visit, purpose: Purpose) -> str:
        return visit.call.cookie(self._core.jar.name(LINK[purpose]))

    def _looked(self, visit: Visit, purpose: Purpose) -> Request | None:
        secret = self._secret(visit, purpose)
        if not secret:
            return None
        with self._core.database.read() as tx:
            return self._drafts.look(tx, secret, purpose)

    def show_confirm(self) -> Answer:
        """« Confirm my address », for the holder of a live link."""
        found = self._looked(Visit(self._services), Purpose.CONFIRM)
        if found is None or found.stage is not Stage.UNCONFIRMED:
            return self._over(Purpose.CONFIRM)
        details = found.content.details
        confirm = {
            "action": CONFIRM,
            "resume": False,
            # Whoever has the mailbox must see whose request it is before it goes on by them.
            "name": f"{details.first_name} {details.last_name}",
        }
        return show("confirm", {"confirm": confirm})

    def confirm(self) -> Answer:
        """Once: the request goes to the administrators."""
        visit = Visit(self._services)
        secret = self._secret(visit, Purpose.CONFIRM)
        with self._core.database.write() as tx:
            done = self._drafts.confirm(tx, secret, visit.call.origin) if secret else None
        if done is None:
            return self._over(Purpose.CONFIRM)
        page = show("confirmed", {})
        page.headers.append(self._core.jar.drop(LINK[Purpose.CONFIRM]))
        return page

    def disown(self) -> Answer:
        """« It is not me »: whoever mistyped the address is asked for their own."""
        visit = Visit(self._services)
        secret = self._secret(visit, Purpose.CONFIRM)
        with self._core.database.write() as tx:
            done = bool(secret) and self._drafts.disown(tx, secret, visit.call.origin)
        if not done:
            return self._over(Purpose.CONFIRM)
        page = show("disowned", {})
        page.headers.append(self._core.jar.drop(LINK[Purpose.CONFIRM]))
        return page

    def show_resume(self) -> Answer:
        """« Take up my request », for the holder of a live link."""
        if self._looked(Visit(self._services), Purpose.RESUME) is None:
            return self._over(Purpose.RESUME)
        return show("confirm", {"confirm": {"action": RESUME, "resume": True, "name": ""}})

    def resume(self) -> Answer:
        """Once: this browser holds the request from now on, and no other does."""
        visit = Visit(self._services)
        secret = self._secret(visit, Purpose.RESUME)
        with self._core.database.write() as tx:
            taken = self._drafts.take_back(tx, secret, visit.call.origin) if secret else None
        if taken is None:
            return self._over(Purpose.RESUME)
        request = taken.request
        answer = see_other(STEPS[min(request.step, 3)] if request.stage in EDITED else STATUS)
        answer.headers.append(self._core.jar.set(COOKIE, taken.holder))
        answer.headers.append(self._core.jar.drop(LINK[Purpose.RESUME]))
        return answer

    def _over(self, purpose: Purpose) -> Answer:
        page = problem_page(
            "registration-link-over",
            status=410,
            actions=[(_("Find my request by e-mail"), f"{HOME}/back", True)],
        )
        page.headers.append(self._core.jar.drop(LINK[purpose]))
        return page

    def status(self) -> Answer:
        """Where a request stands: for the browser that holds it, or by the link of the receipt."""
        visit = Visit(self._services)
        own = held(self._services, visit)
        request = own or self._looked(visit, Purpose.FOLLOW)
        if request is None:
            return lost()
        if own is not None and own.stage is Stage.DRAFT:
            return see_other(STEPS[min(own.step, 3)])
        return self._status(request, own=own is not None)

    def _status(self, request: Request, *, own: bool) -> Answer:
        moments = {
            "sent": request.sent_at,
            "submitted": request.submitted_at,
            "decided": request.decided_at,
        }
        context: dict[str, Any] = {
            "stage": request.stage.value,
            "own": own,
            # By the link of a receipt nothing is shown that somebody typed.
            "email": request.content.details.email if own else "",
            "answer": request.answer,
            "moments": {name: stamp(at) for name, at in moments.items() if at},
            "going_on": STEPS[min(request.step, 3)] if own and request.stage in EDITED else "",
            "hours": max(self._core.settings.registration.link_life // 3600, 1),
        }
        return show("status", {"status": context})

    def resend(self) -> Answer:
        """The letter once more."""
        visit = Visit(self._services)
        request = held(self._services, visit)
        if request is None:
            return lost()
        with self._core.database.write() as tx:
            refused = self._drafts.resend(tx, request, visit.call.origin)
        return too_often() if refused is No.TOO_OFTEN else see_other(STATUS)

    def reopen(self) -> Answer:
        """Back to the form, where the address is corrected."""
        request = held(self._services, Visit(self._services))
        if request is None:
            return lost()
        with self._core.database.write() as tx:
            opened = self._drafts.reopen(tx, request)
        return see_other(STEPS[1] if isinstance(opened, Request) else STATUS)

    def later(self) -> Answer:
        """« Go on later »: this browser forgets the request, and a link goes to its mailbox."""
        visit = Visit(self._services)
        request = held(self._services, visit)
        if request is None:
            return lost()
        with self._core.database.write() as tx:
            refused = self._drafts.leave(tx, request, visit.call.origin)
        if refused is not None:
            # Without a letter there would be no way back: the request stays open here.
            stay = see_other(STEPS[min(request.step, 3)])
            return too_often() if refused is No.TOO_OFTEN else stay
        answer = see_other(f"{HOME}/back/sent")
        answer.headers.append(self._core.jar.drop(COOKIE))
        return answer

    def ask_withdraw(self) -> Answer:
        """Sure?"""
        request = held(self._services, Visit(self._services))
        if request is None:
            return lost()
        back = STEPS[min(request.step, 3)] if request.stage in EDITED else STATUS
        return show("withdraw", {"withdraw": {"back": back}})

    def withdraw(self) -> Answer:
        """Nothing of it is kept."""
        visit = Visit(self._services)
        request = held(self._services, visit)
        if request is None:
            return lost()
        with self._core.database.write() as tx:
            refused = self._drafts.withdraw(tx, request, visit.call.origin)
        if refused is not None:
            return see_other(STATUS)
        answer = see_other(f"{HOME}/gone")
        answer.headers.append(self._core.jar.drop(COOKIE))
        return answer

    def gone(self) -> Answer:
        """It was given up."""
        return show("gone", {})
