# SPDX-License-Identifier: Apache-2.0
"""Patients at an establishment: enrolled at consent, withdrawn, sent home with a letter."""

from typing import Annotated, Any

from pydantic import Field

from idp.accounts.particulars import load as particulars_of
from idp.accounts.service import NotCreated, find
from idp.administration.authority import Denied
from idp.administration.patients.enrolment import Enrolled, Exists, Faulty, NotShown
from idp.administration.patients.enrolment import Shown as Showing
from idp.administration.patients.letters import NotPrinted
from idp.administration.patients.values import NewPatient
from idp.administration.rights import Right
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome, Request
from idp.api.v1.account_acts import telling
from idp.api.values import (
    Body,
    Line16,
    Line32,
    Line64,
    Line128,
    Line254,
    Needed128,
    Query,
    Shown,
)
from idp.api.words import N_
from idp.http.letter_sheets import letterhead_of, sheet_of
from idp.http.paper import print_letters
from idp.http.services import Services

PDF = "application/pdf"
Finess = Annotated[str, Field(pattern="^[0-9][0-9AB][0-9A-Z][0-9]{6}$")]


class NewPatientGiven(Body):
    """A patient who gave their consent to this establishment."""

    establishment: Finess
    last_name: Needed128
    first_name: Needed128
    birth_date: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    civility: Line16 = ""
    birth_name: Line128 = ""
    email: Line254 = ""
    phone: Line32 = ""
    ins: Line64 = ""
    locale: Annotated[str, Field(pattern="^(fr|en)$")] = "fr"
    another: Annotated[bool, Field(description="A namesake, as the desk has checked")] = False


class PatientShows(Body):
    """What a patient shows of themselves: the identifier of their letter, and their birth date."""

    establishment: Finess
    identifier: Needed128
    birth_date: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    names: Annotated[
        list[Needed128],
        Field(
            default_factory=list,
            max_length=8,
            description="Names as the caller knows them: one must be theirs",
        ),
    ]
    first_names: Annotated[
        list[Needed128],
        Field(default_factory=list, max_length=32, description="First names, in the same way"),
    ]


class EnrolledShown(Shown):
    """The patient's account."""

    account: str
    identifier: str
    known: Annotated[bool, Field(description="It was there before")]
    subject: Annotated[
        str, Field(description="By what tokens for the calling application name the account")
    ]


class At(Query):
    """In whose name."""

    establishment: Annotated[str, Field(pattern="^([0-9][0-9AB][0-9A-Z][0-9]{6})?$")] = ""


def enrolled(asked: Asked, done: Enrolled, status: int) -> Done:
    """The account of whoever gave a consent."""
    account = done.account
    document = EnrolledShown(
        account=account.id,
        identifier=account.person.identifier,
        known=done.known,
        subject=subject_of(asked, account.id),
    )
    return Done(document, status, location=f"/accounts/{account.id}")


def subject_of(asked: Asked, account_id: str) -> str:
    """So that whoever has an account made knows its owner again when they log in."""
    application = asked.services.core.applications.load(asked.tx, asked.application)
    if application is None:
        return ""
    return asked.services.office.applications.speaks(application).subject(application, account_id)


def enrol(asked: Asked) -> Outcome:
    """Make a patient's account at consent."""
    given = asked.body.model_dump()
    establishment, another = given.pop("establishment"), given.pop("another")
    done = asked.services.office.patients.enrol(
        asked.tx, asked.authority, establishment, NewPatient(**given), another=another
    )
    match done:
        case Enrolled():
            return enrolled(asked, done, 201)
        case Faulty():
            errors = tuple(Where(f"#/{one}", why) for one, why in sorted(done.fields.items()))
            return Problem("unfit", errors=errors)
        case Exists():
            return Problem("taken", f"somebody has an account: {done.value}", counted=True)
        case NotCreated():
            return Problem("taken", counted=True)
        case NotShown():
            # Not even looked at: under the same key it is, later.
            return Problem("too-many", done.value)
    return done


def collect(asked: Asked) -> Outcome:
    """Add a consent to an account that exists."""
    body: PatientShows = asked.body
    names = (tuple(body.names), tuple(body.first_names))
    shown = Showing(body.identifier, body.birth_date, *names)
    done = asked.services.office.patients.collect(
        asked.tx, asked.authority, body.establishment, shown
    )
    if done is NotShown.STANDS:
        # They have shown whose it is, and it is known here: whoever asked may tie their own to it.
        account_id = find(asked.tx, shown.identifier) or ""
        known = {"account": account_id, "subject": subject_of(asked, account_id)}
        return Problem("conflict", done.value, more=known)
    if isinstance(done, NotShown):
        return refused(done)
    return done if isinstance(done, Denied) else enrolled(asked, done, 200)


def refused(why: NotShown) -> Problem:
    """Why no consent was added; tries to show who somebody is count."""
    if why is NotShown.STANDS:
        return Problem("conflict", why.value)
    if why is NotShown.TOO_OFTEN:
        return Problem("too-many", why.value)
    return Problem("unfit", why.value, counted=True)


def withdraw(asked: Asked) -> Outcome:
    """Take note that a patient withdraws what they gave to this establishment."""
    account = asked.path["account"]
    done = asked.services.office.patients.withdraw(
        asked.tx, asked.authority, account, asked.path["establishment"]
    )
    if isinstance(done, Denied):
        return done
    return Done(status=204, after=telling(asked, account, done.ended))


def prepare(services: Services, request: Request) -> Any:
    """A temporary password and its hash, outside of any transaction."""
    core, account = services.core, request.path["account"]
    with core.database.read() as tx:
        ready = services.office.letters.prepare(tx, request.authority, [account])
    if isinstance(ready, NotPrinted):
        return Problem("conflict", ready.value)
    if isinstance(ready, Denied):
        return ready
    password = core.renewal.temporary(ready[0])
    return password, core.passwords.hashed(password)


def letter(asked: Asked) -> Outcome:
    """A new letter; the password of the one before is worth nothing from now on."""
    account, core = asked.path["account"], asked.services.core
    password, hashed = asked.ready
    done = asked.services.office.letters.print(
        asked.tx, asked.authority, account, hashed, asked.query.establishment
    )
    if isinstance(done, Denied):
        return done
    if isinstance(done, NotPrinted):
        return Problem("conflict", done.value)
    sheet = sheet_of(core, done, password, particulars_of(asked.tx, account))
    paper = print_letters(letterhead_of(core), [sheet])
    return Done(raw=(PDF, paper), after=telling(asked, account, done.ended))


OPERATIONS = (
    Operation(
        "POST",
        "/patients",
        "enrolPatient",
        N_("Make a patient’s account at consent"),
        enrol,
        Right.PATIENTS_ENROL,
        body=NewPatientGiven,
        answer=EnrolledShown,
        status=201,
        problems=("taken", "unfit", "not-found"),
    ),
    Operation(
        "POST",
        "/patients/consents",
        "collectConsent",
        N_("Add a consent to an account whose owner shows who they are"),
        collect,
        Right.PATIENTS_ENROL,
        body=PatientShows,
        answer=EnrolledShown,
        problems=("unfit", "conflict", "not-found"),
    ),
    Operation(
        "DELETE",
        "/patients/{account}/consents/{establishment}",
        "withdrawConsent",
        N_("Take note that a patient withdraws their consent"),
        withdraw,
        Right.PATIENTS_ENROL,
        status=204,
    ),
    Operation(
        "POST",
        "/patients/{account}/letter",
        "printLetter",
        N_("A letter to print, with a new temporary password"),
        letter,
        Right.LETTERS_PRINT,
        query=At,
        media_type=PDF,
        problems=("conflict",),
        shown_once=True,
        prepare=prepare,
        fresh=True,
    ),
)
