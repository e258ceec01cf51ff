# SPDX-License-Identifier: Apache-2.0
"""Imports of people: a file is brought, its columns checked, tried out, carried out, taken back."""

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from flask import request, stream_with_context
from flask_babel import gettext as _

from idp.administration.authority import Denied
from idp.administration.csv_out import MEDIA_TYPE, export
from idp.administration.imports.fields import FIELDS, NEEDED
from idp.administration.imports.reading import MOST_BYTES, Unreadable
from idp.administration.imports.runs import NotDone, Upload
from idp.administration.imports.store import Run
from idp.administration.rights import Right
from idp.http.downloads import download
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.web.account_page import shown_moment, stamp
from idp.web.admin.asking import Question, Said, ask
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused, show
from idp.web.admin.import_words import (
    COUNTS,
    DONE,
    KINDS,
    NOT_DONE,
    STATES,
    UNREADABLE,
    shown_verdict,
    shown_why,
)
from idp.web.admin.import_words import FIELDS as LABELS
from idp.web.admin.patients import houses_of
from idp.web.admin.typed import done_sentence
from idp.web.admin.uploads import large_file

HERE = "/admin/imports"
RIGHT = Right.ACCOUNTS_IMPORT
# Done while the page is waited for: a small file needs no more.
AT_ONCE = 2
UNDER_WAY = frozenset({"reading", "planning", "running", "undoing"})


class ImportPages:
    """GET and POST /admin/imports; /admin/imports/<run> and what can be done with it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._imports = services.office.imports
        self._work = services.office.import_work

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one, post = f"{HERE}/<run>", ("POST",)
        large = large_file(self._services, MOST_BYTES, RIGHT)
        app.page(HERE, "admin_imports", self.list)
        app.page(HERE, "admin_import_bring", self.bring, methods=post, upload=large)
        app.page(one, "admin_import", self.one)
        app.page(f"{one}/map", "admin_import_map", self.map, methods=post)
        app.page(f"{one}/start", "admin_import_start", self.start, methods=post)
        app.page(f"{one}/stop", "admin_import_stop", self.stop, methods=post)
        app.page(f"{one}/resume", "admin_import_resume", self.resume, methods=post)
        app.page(f"{one}/drop", "admin_import_drop", self.drop, methods=post)
        app.page(f"{one}/undo", "admin_import_ask_undo", self.ask_undo)
        app.page(f"{one}/undo", "admin_import_undo", self.undo, methods=post)
        app.page(f"{one}/report", "admin_import_report", self.report, methods=post)

    def list(self) -> Answer:
        """The latest imports, and the form for another."""
        clerk = clerk_of(self._services, HERE, RIGHT)
        return self._list(clerk) if isinstance(clerk, Clerk) else clerk

    def bring(self) -> Answer:
        """Read a file: all of it, or nothing."""
        clerk = clerk_of(self._services, HERE, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        file = request.files.get("file")
        if file is None or not file.filename:
            return self._list(clerk, _("Choose a file."))
        kind, _colon, population = request.form.get("kind", "")[:40].partition(":")
        house = request.form.get("establishment", "")[:16]
        with self._core.database.read() as tx:
            houses = houses_of(tx, clerk.authority)
        if len(houses) == 1 and not clerk.authority.reach(RIGHT).everywhere:
            house = houses[0].key
        upload = Upload(kind, file.filename, house, population or "professional")
        with file.stream as stream:
            answer = self._imports.read(clerk.authority, upload, cast("BinaryIO", stream))
        if isinstance(answer, Denied):
            return refused(answer)
        if isinstance(answer, NotDone):
            return self._list(clerk, str(NOT_DONE[answer]))
        if isinstance(answer, Unreadable):
            return self._list(clerk, str(UNREADABLE[answer.why]) % {"line": answer.line})
        return see_other(f"{HERE}/{answer}")

    def one(self, run: str) -> Answer:
        """One import, as far as it has come."""
        clerk = clerk_of(self._services, f"{HERE}/{run}", RIGHT)
        return self._one(clerk, run) if isinstance(clerk, Clerk) else clerk

    def map(self, run: str) -> Answer:
        """The columns are said; the dry run begins."""
        clerk = clerk_of(self._services, f"{HERE}/{run}", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        mapping = dict(_mapped())
        with self._core.database.write() as tx:
            answer = self._imports.map(tx, clerk.authority, run, mapping)
        return self._after(clerk, run, answer)

    def start(self, run: str) -> Answer:
        """Carry it out."""
        return self._do(run, "start", proved=True)

    def stop(self, run: str) -> Answer:
        """Stop it."""
        return self._do(run, "stop", "stopped")

    def resume(self, run: str) -> Answer:
        """Go on."""
        return self._do(run, "resume", proved=True)

    def drop(self, run: str) -> Answer:
        """Give it up."""
        return self._do(run, "drop", "dropped")

    def ask_undo(self, run: str) -> Answer:
        """What it means."""
        return self._undoing(run)

    def undo(self, run: str) -> Answer:
        """Take it back."""
        if request.form.get("sure") != "yes":
            return self._undoing(run, forgotten=True)
        return self._do(run, "undo", proved=True)

    def report(self, run: str) -> Any:
        """Every line with what became of it, as a table."""
        clerk = clerk_of(self._services, f"{HERE}/{run}", RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        found = self._imports.report(clerk.authority, run)
        if isinstance(found, Denied):
            return refused(found)
        header = [_("Line"), _("Dry run"), _("Outcome"), _("Reason")]
        words = {name: str(one) for name, one in COUNTS.items()}
        rows = (
            (line, words.get(str(verdict), ""), words.get(str(outcome), ""), shown_why(str(why)))
            for line, verdict, outcome, why in found
        )
        return download("import.csv", MEDIA_TYPE, stream_with_context(export(header, rows)))

    def _undoing(self, run: str, *, forgotten: bool = False) -> Answer:
        page = f"{HERE}/{run}"
        clerk = clerk_of(self._services, page, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            known = self._imports.sheet(tx, clerk.authority, run)
        if isinstance(known, Denied):
            return refused(known)
        question = Question(
            title=_("Take the import back"),
            sentences=(
                _("Accounts that it created and that nobody used since are removed."),
                _("Changes are reverted where nothing else was changed since."),
                _("All others are left as they are, and listed."),
            ),
            button=_("Take it back"),
            action=f"{page}/undo",
            back=page,
            trail=((_("Imports"), HERE), (known.name, page)),
            tick=_("I have understood what is removed."),
        )
        errors = {"sure": _("Tick the box to go on.")} if forgotten else {}
        return ask(clerk, question, Said(errors=errors))

    def _do(self, run: str, verb: str, word: str = "", *, proved: bool = False) -> Answer:
        page = f"{HERE}/{run}"
        if proved:
            clerk = proved_clerk(self._services, page, RIGHT)
        else:
            clerk = clerk_of(self._services, page, RIGHT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.write() as tx:
            answer = getattr(self._imports, verb)(tx, clerk.authority, run)
        return self._after(clerk, run, answer, word)

    def _after(
        self, clerk: Clerk, run: str, answer: Denied | NotDone | Run, word: str = ""
    ) -> Answer:
        if isinstance(answer, Denied):
            return refused(answer)
        if isinstance(answer, NotDone):
            return self._one(clerk, run, str(NOT_DONE[answer]))
        self._work.advance(run, most=AT_ONCE)
        return see_other(f"{HERE}/{run}" + (f"?done={word}" if word else ""))

    def _list(self, clerk: Clerk, error: str = "") -> Answer:
        with self._core.database.read() as tx:
            found = self._imports.listed(tx, clerk.authority)
            houses = houses_of(tx, clerk.authority)
        if isinstance(found, Denied):
            return refused(found)
        whole = clerk.authority.reach(RIGHT).everywhere
        context = {
            "error": error,
            "runs": [_line(one) for one in found],
            "houses": [
                *([("", _("None, or as each line says"))] if whole else []),
                *((one.key, one.name) for one in houses),
            ],
            "house": request.form.get("establishment", ""),
            "kinds": [
                ("patients:", KINDS["patients"]),
                ("accounts:professional", _("Professionals")),
                ("accounts:staff", _("Staff")),
            ],
        }
        return show(clerk, "imports", context, 422 if error else 200)

    def _one(self, clerk: Clerk, run_id: str, error: str = "") -> Answer:
        with self._core.database.read() as tx:
            run = self._imports.sheet(tx, clerk.authority, run_id)
            if isinstance(run, Denied):
                return refused(run)
            lines = self._imports.lines(tx, clerk.authority, run_id)
            opened = self._imports.opens(tx, clerk.authority, run)
            read = run.state == "read"
            first = self._imports.first_rows(tx, clerk.authority, run) if read else []
            mapping = self._imports.mapping_of(tx, run, clerk.authority.actor)
        places = {place: name for name, place in mapping.items()}
        context = {
            "done": done_sentence(DONE),
            "error": error,
            "run": run,
            "opened": opened,
            "url": f"{HERE}/{run.id}",
            "kind": KINDS[run.kind],
            "state": STATES[run.state],
            "under_way": run.state in UNDER_WAY,
            "progress": min(run.position, run.rows),
            "brought": stamp(run.created_at),
            "counts": [(COUNTS[name], one) for name, one in run.counts.items() if name in COUNTS],
            "columns": [
                (
                    place,
                    title or f"{place + 1}",
                    places.get(place, ""),
                    [_cell(one, place) for one in first],
                )
                for place, title in enumerate(run.header)
            ],
            "fields": [("", _("Leave it out")), *((one, LABELS[one]) for one in FIELDS[run.kind])],
            "needed": [LABELS[one] for one in NEEDED[run.kind]],
            "lines": []
            if isinstance(lines, Denied) or run.state in {"read", "reading"}
            else [
                {
                    "line": one.line,
                    "is": shown_verdict(one.verdict, one.outcome),
                    "why": shown_why(one.why),
                }
                for one in lines
            ],
        }
        return show(clerk, "import", context, 422 if error else 200)


def _mapped() -> Iterator[tuple[str, int]]:
    """The fields that were chosen for columns; one chosen twice is at its last."""
    for name, value in request.form.items():
        place = name.removeprefix("column-")
        if value and place != name and place.isascii() and place.isdigit() and len(place) < 4:
            yield value[:40], int(place)


def _cell(line: Any, place: int) -> str:
    return str(line.cells[place])[:60] if place < len(line.cells) else ""


def _line(one: Run) -> dict[str, Any]:
    return {
        "name": one.name,
        "url": f"{HERE}/{one.id}",
        "kind": KINDS[one.kind],
        "rows": one.rows,
        "state": STATES[one.state],
        "at": shown_moment(one.created_at),
    }
