# SPDX-License-Identifier: Apache-2.0
"""Announcements: what runs, what is planned, a new one, ending one."""

from collections.abc import Mapping

from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.region.announcements import LONGEST, Announcement, Notice, Tone
from idp.administration.rights import Right
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import stamp
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.typed import done_sentence, read_moment, read_typed, said_of

PATH = "/admin/announcements"
FIELDS = ("french", "english", "tone", "starts_at", "ends_at")
_l = lazy_gettext
DONE = {
    "added": _l("The announcement is there."),
    "ended": _l("The announcement is off every page."),
    "over": _l("This announcement was over already."),
}
STATES = {
    "running": (_l("Running"), "good"),
    "planned": (_l("Planned"), "info"),
    "ended": (_l("Over"), "quiet"),
}


class AnnouncementPages:
    """GET and POST /admin/announcements…"""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._notices = services.office.notices

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(PATH, "admin-announcements", self.every)
        app.page(f"{PATH}/new", "admin-announcement-new", self.new)
        app.page(f"{PATH}/new", "admin-announcement-add", self.add, methods=("POST",))
        app.page(f"{PATH}/<name>/end", "admin-announcement-end", self.end, methods=("POST",))

    def every(self) -> Answer:
        """The newest first."""
        clerk = clerk_of(self._services, PATH, Right.ANNOUNCEMENTS_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._notices.every(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        now = self._core.clock.now()
        shown = [_line(one, now) for one in found]
        context = {"announcements": shown, "done": done_sentence(DONE)}
        return show(clerk, "announcements", context)

    def new(self) -> Answer:
        """The form."""
        clerk = clerk_of(self._services, f"{PATH}/new", Right.ANNOUNCEMENTS_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        return _form(clerk, dict.fromkeys(FIELDS, "") | {"tone": "info"}, {})

    def add(self) -> Answer:
        """Announce."""
        clerk = clerk_of(self._services, f"{PATH}/new", Right.ANNOUNCEMENTS_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        typed = read_typed(*FIELDS)
        moments = {name: read_moment(typed[name]) for name in ("starts_at", "ends_at")}
        errors = {
            name: _("This is no date and time.")
            for name, at in moments.items()
            if at is None and typed[name]
        }
        if errors:
            return _form(clerk, typed, errors)
        tone = Tone.WARNING if typed["tone"] == "warning" else Tone.INFO
        notice = Notice(typed["french"], typed["english"], tone, **moments)
        with self._core.database.write() as tx:
            made = self._notices.add(tx, clerk.authority, notice)
        if isinstance(made, Denied):
            return refused(made)
        if isinstance(made, tuple):
            early = _("This lies before its beginning, or in the past.")
            return _form(clerk, typed, said_of(made, typed, ends_at=early))
        return see_other(f"{PATH}?done=added")

    def end(self, name: str) -> Answer:
        """Take it off every page."""
        clerk = clerk_of(self._services, PATH, Right.ANNOUNCEMENTS_EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            done = self._notices.end(tx, clerk.authority, name)
        if isinstance(done, Denied):
            return refused(done)
        return see_other(f"{PATH}?done={'ended' if done else 'over'}")


def _line(one: Announcement, now: int) -> dict[str, object]:
    english = str(get_locale()) == "en"
    word, tone = STATES[one.state(now)]
    return {
        "id": one.id,
        "text": one.text("en" if english else "fr"),
        "other": one.text("fr" if english else "en"),
        "warning": one.tone is Tone.WARNING,
        "state": word,
        "state_tone": tone,
        "ending": one.state(now) != "ended",
        "starts": stamp(one.starts_at),
        "ends": stamp(one.ends_at),
    }


def _form(clerk: Clerk, typed: Mapping[str, str], errors: Mapping[str, str]) -> Answer:
    context = {"typed": typed, "errors": errors, "longest": LONGEST}
    return show(clerk, "announcement_form", context, 422 if errors else 200)
