# SPDX-License-Identifier: Apache-2.0
"""The consent desk: patients of one's establishments, their consents and letters."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from idp.accounts.particulars import load as particulars_of
from idp.accounts.values import State
from idp.administration.authority import Denied
from idp.administration.patients.consents import Consent
from idp.administration.patients.desk import STATES, PatientLine, Search
from idp.administration.patients.enrolment import NotShown
from idp.administration.patients.enrolment import Shown as Showing
from idp.administration.patients.letters import MOST, Letter, NotPrinted
from idp.administration.rights import Right
from idp.api.problems import Problem
from idp.api.routing import Asked, Done, Operation, Outcome, Request
from idp.api.v1.account_acts import telling
from idp.api.v1.patients import PDF, EnrolledShown, enrolled, refused
from idp.api.v1.shapes import at, moment
from idp.api.values import Body, Line128, Line200, Listed, Name, Paging, Shown
from idp.api.words import N_
from idp.http.letter_sheets import letterhead_of, sheet_of
from idp.http.paper import Sheet, print_letters
from idp.http.services import Services

FINESS = "^([0-9][0-9AB][0-9A-Z][0-9]{6})?$"
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class PatientShown(Shown):
    """A patient at one establishment."""

    consent: str
    account: str
    identifier: Annotated[str, Field(description="Empty, as the names, of one who has left")]
    last_name: str
    first_name: str
    birth_date: str
    establishment: str
    given_at: datetime
    withdrawn_at: datetime | None
    left: bool


class PatientFilters(Paging):
    """Which patients."""

    text: Annotated[
        Line200, Field(description="Beginnings of names, an identifier, a birth date")
    ] = ""
    establishment: Annotated[str, Field(pattern=FINESS)] = ""
    state: Annotated[str, Field(pattern=f"^({'|'.join(STATES[1:])})?$")] = ""


class ConsentShown(Shown):
    """A consent to one of your establishments."""

    id: str
    establishment: str
    given_at: datetime
    given_by: str
    text_version: str
    withdrawn_at: datetime | None
    withdrawn_by: str


class PatientSheetShown(Shown):
    """One patient, so far as you may see; of one who has left the consents alone."""

    account: str
    identifier: str
    state: State | None
    last_name: str
    first_name: str
    birth_date: str
    consents: list[ConsentShown]
    may_print: bool


class RenewalGiven(Body):
    """What a patient shows who belongs to nothing within your reach any more."""

    identifier: Line128 = ""
    birth_date: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""


class LetterShown(Shown):
    """A letter that was printed."""

    id: str
    establishment: str
    printed_at: datetime
    printed_by: str
    handed_on: str
    handed_by: str


class LettersGiven(Body):
    """For whom, and in whose name."""

    accounts: Annotated[list[Name], Field(min_length=1, max_length=MOST)]
    establishment: Annotated[str, Field(pattern=FINESS)] = ""


class HandOverGiven(Body):
    """When the patient was given it."""

    day: Annotated[str, Field(pattern=DAY)]


def search(asked: Asked) -> Outcome:
    """The latest consent first."""
    wanted = Search(**asked.query.model_dump())
    found = asked.services.office.patient_desk.search(asked.tx, asked.authority, wanted)
    if isinstance(found, Denied):
        return found
    return Done(Listed[PatientShown](items=[_line(one) for one in found.lines]), next=found.next)


def show(asked: Asked) -> Outcome:
    """One patient."""
    account = asked.path["account"]
    found = asked.services.office.patient_desk.sheet(asked.tx, asked.authority, account)
    if isinstance(found, Denied):
        return found
    known = found.account
    person = known.person if known else None
    return Done(
        PatientSheetShown(
            account=account,
            identifier=person.identifier if person else "",
            state=known.state if known else None,
            last_name=person.last_name if person else "",
            first_name=person.first_name if person else "",
            birth_date=person.birth_date if person else "",
            consents=[_consent(one) for one in found.consents],
            may_print=found.may_print,
        )
    )


def renew(asked: Asked) -> Outcome:
    """Collect anew what was withdrawn."""
    path, body = asked.path, asked.body
    shown = Showing(body.identifier, body.birth_date) if body.identifier else None
    done = asked.services.office.patients.renew(
        asked.tx, asked.authority, path["account"], path["establishment"], shown
    )
    if isinstance(done, NotShown):
        return refused(done)
    return done if isinstance(done, Denied) else enrolled(asked, done, 200)


def letters(asked: Asked) -> Outcome:
    """The latest first."""
    found = asked.services.office.letters.of_account(
        asked.tx, asked.authority, asked.path["account"]
    )
    if isinstance(found, Denied):
        return found
    items = [_letter(one) for one in found]
    return Done(Listed[LetterShown](items=items, total=len(items)))


def prepare(services: Services, request: Request) -> Any:
    """Temporary passwords and their hashes, outside of any transaction."""
    core = services.core
    with core.database.read() as tx:
        ready = services.office.letters.prepare(tx, request.authority, request.body.accounts)
    if isinstance(ready, NotPrinted):
        return Problem("conflict", ready.value)
    if isinstance(ready, Denied):
        return ready
    made = [(one.id, core.renewal.temporary(one)) for one in ready]
    return made, [(one, core.passwords.hashed(password)) for one, password in made]


def print_many(asked: Asked) -> Outcome:
    """All of them, or nobody's."""
    core, (made, hashed) = asked.services.core, asked.ready
    done = asked.services.office.letters.print_all(
        asked.tx, asked.authority, hashed, asked.body.establishment
    )
    if isinstance(done, Denied):
        return done
    if isinstance(done, NotPrinted):
        return Problem("conflict", done.value)
    sheets: list[Sheet] = []
    after: list[Callable[[], None]] = []
    for (account, password), printed in zip(made, done, strict=True):
        known = particulars_of(asked.tx, account)
        sheets.append(sheet_of(core, printed, password, known))
        after += telling(asked, account, printed.ended)
    return Done(raw=(PDF, print_letters(letterhead_of(core), sheets)), after=tuple(after))


def hand_over(asked: Asked) -> Outcome:
    """Note that the patient has it."""
    done = asked.services.office.letters.hand_over(
        asked.tx, asked.authority, asked.path["letter"], asked.body.day
    )
    if isinstance(done, Denied):
        return done
    if isinstance(done, NotPrinted):
        return Problem("unfit", done.value)
    return Done(status=204) if done else Problem("conflict", "handed over already")


def _line(one: PatientLine) -> PatientShown:
    return PatientShown(
        consent=one.consent,
        account=one.account,
        identifier=one.identifier,
        last_name=one.last_name,
        first_name=one.first_name,
        birth_date=one.birth_date,
        establishment=one.establishment,
        given_at=at(one.given_at),
        withdrawn_at=moment(one.withdrawn_at),
        left=one.left,
    )


def _consent(one: Consent) -> ConsentShown:
    return ConsentShown(
        id=one.id,
        establishment=one.establishment,
        given_at=at(one.given_at),
        given_by=one.given_by,
        text_version=one.text_version,
        withdrawn_at=moment(one.withdrawn_at),
        withdrawn_by=one.withdrawn_by,
    )


def _letter(one: Letter) -> LetterShown:
    return LetterShown(
        id=one.id,
        establishment=one.establishment,
        printed_at=at(one.printed_at),
        printed_by=one.printed_by,
        handed_on=one.handed_on,
        handed_by=one.handed_by,
    )


ONE = "/patients/{account}"
ENROL, PRINT = Right.PATIENTS_ENROL, Right.LETTERS_PRINT
OPERATIONS = (
    Operation(
        "GET",
        "/patients",
        "searchPatients",
        N_("Patients of your establishments, the latest consent first"),
        search,
        ENROL,
        query=PatientFilters,
        answer=Listed[PatientShown],
        problems=("cursor", "not-found"),
    ),
    Operation(
        "GET",
        ONE,
        "showPatient",
        N_("A patient, with the consents given to your establishments"),
        show,
        ENROL,
        answer=PatientSheetShown,
    ),
    Operation(
        "PUT",
        f"{ONE}/consents/{{establishment}}",
        "renewConsent",
        N_("Collect anew a consent that was withdrawn"),
        renew,
        ENROL,
        body=RenewalGiven,
        answer=EnrolledShown,
        problems=("unfit", "conflict"),
    ),
    Operation(
        "GET",
        f"{ONE}/letters",
        "listLetters",
        N_("Every letter of a patient, the latest first"),
        letters,
        ENROL,
        answer=Listed[LetterShown],
    ),
    Operation(
        "POST",
        "/letters",
        "printLetters",
        N_("Letters of several patients in one file, each with a new temporary password"),
        print_many,
        PRINT,
        body=LettersGiven,
        media_type=PDF,
        problems=("conflict", "not-found"),
        shown_once=True,
        prepare=prepare,
        fresh=True,
    ),
    Operation(
        "POST",
        "/letters/{letter}/hand-over",
        "handLetterOver",
        N_("Note that the patient was given a letter"),
        hand_over,
        PRINT,
        body=HandOverGiven,
        status=204,
        problems=("unfit", "conflict"),
    ),
)
