# SPDX-License-Identifier: Apache-2.0
"""Letters of patients: printed with a new password, streamed once, and handed over."""

from collections.abc import Sequence
from typing import Any

from flask import request

from idp.accounts.particulars import load as particulars_of
from idp.administration.authority import Denied
from idp.administration.patients.letters import NotPrinted
from idp.administration.rights import Right
from idp.http.downloads import download
from idp.http.flask_app import PageServer
from idp.http.letter_sheets import letterhead_of, sheet_of
from idp.http.paper import print_letters
from idp.http.services import Services
from idp.http.wire import see_other
from idp.web.admin.entry import Clerk, clerk_of, proved_clerk, refused
from idp.web.admin.patient_words import PRINTED
from idp.web.admin.patients import HERE, PatientPages

NAME = "letter.pdf"
PDF = "application/pdf"


class LetterPages:
    """POST /admin/patients/<account>/letter, /admin/patients/letters and …/handed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._letters = services.office.letters
        self._patients = PatientPages(services)
        self._head = letterhead_of(services.core)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one, post = f"{HERE}/<account>", ["POST"]
        app.page(f"{one}/letter", "admin_patient_letter", self.print_one, methods=post)
        app.page(f"{one}/handed", "admin_patient_handed", self.hand_over, methods=post)
        app.page(f"{HERE}/letters", "admin_patient_letters", self.print_many, methods=post)

    def print_one(self, account: str) -> Any:
        """One letter. The password of any letter before is worth nothing from now on."""
        page = f"{HERE}/{account}"
        clerk = proved_clerk(self._services, page, Right.LETTERS_PRINT)
        return self._print(clerk, [account], page) if isinstance(clerk, Clerk) else clerk

    def print_many(self) -> Any:
        """One file with the letters of those who were selected."""
        clerk = proved_clerk(self._services, HERE, Right.LETTERS_PRINT)
        if not isinstance(clerk, Clerk):
            return clerk
        picked = list(dict.fromkeys(request.form.getlist("pick")))
        return self._print(clerk, picked, HERE) if picked else see_other(HERE)

    def hand_over(self, account: str) -> Any:
        """Note that the patient has the letter."""
        page = f"{HERE}/{account}"
        clerk = clerk_of(self._services, page, Right.LETTERS_PRINT)
        if not isinstance(clerk, Clerk):
            return clerk
        letter, day = request.form.get("letter", "")[:43], request.form.get("day", "")[:10]
        with self._core.database.write() as tx:
            answer = self._letters.hand_over(tx, clerk.authority, letter, day)
        if isinstance(answer, Denied):
            return refused(answer)
        if isinstance(answer, NotPrinted):
            return self._patients.sheet(clerk, account, error=str(PRINTED[answer]))
        return see_other(f"{page}?done=handed")

    def _print(self, clerk: Clerk, picked: Sequence[str], back: str) -> Any:
        core, authority = self._core, clerk.authority
        with core.database.read() as tx:
            ready = self._letters.prepare(tx, authority, picked)
        if isinstance(ready, Denied):
            return refused(ready)
        if isinstance(ready, NotPrinted):
            return self._sorry(clerk, picked, back, ready)
        # No transaction is open while they are hashed.
        made = [(one, core.renewal.temporary(one)) for one in ready]
        hashed = [core.passwords.hashed(password) for _one, password in made]
        house = request.form.get("establishment", "")[:16]
        asked = [(one.id, kept) for (one, _password), kept in zip(made, hashed, strict=True)]
        with core.database.write() as tx:
            done = self._letters.print_all(tx, authority, asked, house)
            known = {one.id: particulars_of(tx, one.id) for one, _password in made}
        if isinstance(done, Denied):
            return refused(done)
        if isinstance(done, NotPrinted):
            return self._sorry(clerk, picked, back, done)
        sheets = []
        for (one, password), printed in zip(made, done, strict=True):
            self._services.leaving.tell_all(one.id, printed.ended)
            sheets.append(sheet_of(core, printed, password, known[one.id]))
        return download(NAME, PDF, [print_letters(self._head, sheets)])

    def _sorry(self, clerk: Clerk, picked: Sequence[str], back: str, why: NotPrinted) -> Any:
        if back == HERE or len(picked) != 1:
            return see_other(f"{HERE}?done={why.value}")
        return self._patients.sheet(clerk, picked[0], error=str(PRINTED[why]))
