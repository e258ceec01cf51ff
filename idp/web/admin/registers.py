# SPDX-License-Identifier: Apache-2.0
"""National registers: what is served, imports and their rejects, and looking somebody up."""

from collections.abc import Iterator
from typing import Any, Final

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from idp.administration.authority import Authority, Denied
from idp.administration.csv_out import MEDIA_TYPE, export
from idp.administration.region.registers import NotAsked
from idp.administration.rights import Right
from idp.directory import generations
from idp.directory.generations import Generation
from idp.directory.numbers import national_id_of
from idp.http.downloads import download
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import Stamp, stamp
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.listing import Filter, read_listing
from idp.web.admin.register_words import KINDS, REASONS, fault_words, state_words
from idp.web.admin.typed import done_sentence, read_typed
from idp.web.admin.uploads import large_file

HERE: Final = "/admin/directory"
_l = lazy_gettext
DONE: Final = {
    "asked": _l("The file is being read in the background. The old one is served meanwhile."),
    "no-file": _l("The settings name no file of this kind."),
    "under-way": _l("A file of this kind is being read already."),
    "no-folder": _l("The settings name no folder for files that are brought here."),
    "empty": _l("The file is empty. Nothing was kept."),
    "too-large": _l("The file is too large. Nothing was kept."),
    "no-room": _l("The file could not be kept: ask whoever runs the server."),
}
PAGE: Final = 100


class RegisterPages:
    """GET /admin/directory and its rejects; POST /admin/directory/import."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._registers = services.office.registers

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{HERE}/<int:generation>/rejects"
        app.page(HERE, "admin_directory", self.shown)
        app.page(f"{HERE}/import", "admin_directory_import", self.asked, methods=["POST"])
        most = self._core.settings.directory.max_bytes
        large = large_file(self._services, most, Right.DIRECTORY_IMPORT)
        app.page(
            f"{HERE}/upload",
            "admin_directory_upload",
            self.uploaded,
            methods=["POST"],
            upload=large if self._registers.takes_files else None,
        )
        app.page(one, "admin_directory_rejects", self.rejects)
        app.page(f"{one}.csv", "admin_directory_rejects_file", self.rejects_file)

    def shown(self) -> Answer:
        """What is served, what is under way, and whom somebody looked up."""
        clerk = clerk_of(self._services, HERE, Right.DIRECTORY_SEE)
        if not isinstance(clerk, Clerk):
            return clerk
        label = _("RPPS or ADELI number, or last name and first name")
        listing = read_listing(HERE, (Filter("text", label, "search"),))
        if national_id := national_id_of(listing["text"]):
            # Perhaps by the network: never in a transaction.
            self._core.annuaire_sante.find(national_id)
        with self._core.database.read() as tx:
            found = self._registers.status(tx, clerk.authority)
            if isinstance(found, Denied):
                return refused(found)
            people = self._look_up(tx, clerk.authority, listing["text"])
        may_import = clerk.authority.may(Right.DIRECTORY_IMPORT)
        context = {
            "listing": listing,
            "looked_for": bool(listing["text"]),
            "people": people,
            "registers": [_register(kind, found, self._registers) for kind in generations.KINDS],
            "imports": [told(one) for one in found],
            "running": any(one.is_under_way for one in found),
            "may_import": may_import,
            "takes_files": self._registers.takes_files,
            "done": done_sentence(DONE),
        }
        return show(clerk, "directory", context)

    def asked(self) -> Answer:
        """Have the file that the settings name read in the background."""
        clerk = clerk_of(self._services, HERE, Right.DIRECTORY_IMPORT)
        if not isinstance(clerk, Clerk):
            return clerk
        kind = read_typed("kind")["kind"]
        with self._core.database.write() as tx:
            made = self._registers.ask(tx, clerk.authority, kind)
        if isinstance(made, Denied):
            return refused(made)
        word = made.value if isinstance(made, NotAsked) else "asked"
        return see_other(f"{HERE}?done={word}")

    def uploaded(self) -> Answer:
        """Keep a file that somebody brings, and have it read in the background."""
        clerk = clerk_of(self._services, HERE, Right.DIRECTORY_IMPORT)
        if not isinstance(clerk, Clerk):
            return clerk
        file = request.files.get("file")
        if file is None:
            return see_other(f"{HERE}?done=empty")
        kind = read_typed("kind")["kind"]
        with file.stream as stream:
            made = self._registers.bring(clerk.authority, kind, file.filename or "", stream)
        if isinstance(made, Denied):
            return refused(made)
        word = "asked" if isinstance(made, Generation) else made.value
        return see_other(f"{HERE}?done={word}")

    def rejects(self, generation: int) -> Answer:
        """Lines of an import that were not taken."""
        clerk = clerk_of(self._services, f"{HERE}/{generation}/rejects", Right.DIRECTORY_IMPORT)
        if not isinstance(clerk, Clerk):
            return clerk
        after = request.args.get("after", "")
        start = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else 0
        with self._core.database.read() as tx:
            found = self._registers.rejects(tx, clerk.authority, generation, start, PAGE + 1)
        if isinstance(found, Denied):
            return refused(found)
        path = f"{HERE}/{generation}/rejects"
        context = {
            "lines": [
                (one.line, REASONS.get(one.reason, one.reason), one.text) for one in found[:PAGE]
            ],
            "file_url": f"{path}.csv" if found else "",
            "first_url": path if start else "",
            "next_url": f"{path}?after={found[PAGE - 1].line}" if len(found) > PAGE else "",
            "most": generations.MOST_REJECTS,
        }
        return show(clerk, "directory_rejects", context)

    def rejects_file(self, generation: int) -> Any:
        """The same, to take away."""
        clerk = clerk_of(self._services, f"{HERE}/{generation}/rejects", Right.DIRECTORY_IMPORT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            first = self._registers.rejects(tx, clerk.authority, generation, 0, 1)
        if isinstance(first, Denied):
            return refused(first)
        rows = self._rows(clerk.authority, generation)
        pieces = export(("line", "reason", "text"), rows)
        return download(f"rejects-{generation}.csv", MEDIA_TYPE, pieces)

    def _rows(self, authority: Authority, generation: int) -> Iterator[tuple[object, ...]]:
        after = 0
        while True:
            with self._core.database.read() as tx:
                found = self._registers.rejects(tx, authority, generation, after, 1000)
            if isinstance(found, Denied) or not found:
                return
            yield from ((one.line, one.reason, one.text) for one in found)
            after = found[-1].line

    def _look_up(self, tx: Any, authority: Authority, text: str) -> list[dict[str, Any]]:
        """A number finds one; of a name of two words, the last one may be the first name."""
        if national_id := national_id_of(text):
            one = self._registers.by_number(tx, authority, national_id)
            return [] if one is None or isinstance(one, Denied) else [_person(one)]
        found = self._registers.by_name(tx, authority, text)
        if not found and " " in text:
            last, _space, first = text.rpartition(" ")
            found = self._registers.by_name(tx, authority, last, first)
        return [] if isinstance(found, Denied) else [_person(one) for one in found]


def told(one: Generation) -> dict[str, Any]:
    """An import as the page tells of it."""
    words, tone = state_words(one.state)
    return {
        "id": one.id,
        "register": str(KINDS.get(one.kind, one.kind)),
        "file": one.name,
        "words": words,
        "tone": tone,
        "fault": fault_words(one.fault),
        "percent": one.percent,
        "under_way": one.is_under_way,
        "lines": one.lines,
        "subjects": one.subjects,
        "rejected": one.rejected,
        "started": Stamp(one.started_at),
        "ended": stamp(one.finished_at),
    }


def _register(kind: str, found: list[Generation], registers: Any) -> dict[str, Any]:
    served = next((one for one in found if one.kind == kind and one.state == "current"), None)
    return {
        "kind": kind,
        "name": str(KINDS[kind]),
        "served": told(served) if served else None,
        "importable": bool(registers.file_of(kind)),
        "busy": any(one.kind == kind and one.is_under_way for one in found),
    }


def _person(one: Any) -> dict[str, Any]:
    return {
        "number": one.national_id[1:],
        "name": f"{one.first_name} {one.last_name}".strip(),
        "professions": ", ".join(dict.fromkeys(each.profession for each in one.activities)),
        "specialities": ", ".join(
            dict.fromkeys(each.speciality for each in one.activities if each.speciality)
        ),
        "places": ", ".join(
            dict.fromkeys(
                " · ".join(part for part in (each.structure, each.town) if part)
                for each in one.activities
            )
        ),
    }
