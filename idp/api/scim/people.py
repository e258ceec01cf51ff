# SPDX-License-Identifier: Apache-2.0
"""People as Users, there and back."""

from dataclasses import replace
from typing import Any

from scim2_models import Meta, Reference

from idp.accounts.particulars import Particulars
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Denied
from idp.administration.outcomes import Changed, Stale, Unfit
from idp.administration.people.edit import New
from idp.administration.people.view import Sheet
from idp.administration.rights import Right
from idp.api.problems import Problem, Where
from idp.api.routing import Asked
from idp.api.scim.address import PREFIX
from idp.api.scim.resources import (
    Locale,
    PersonEmail,
    PersonGroup,
    PersonName,
    PersonPhone,
    User,
    UserType,
)
from idp.api.scim.resources import Person as Extended
from idp.api.scim.wire import version_of
from idp.api.v1.shapes import at
from idp.programs import external_ids
from idp.sessions.service import Ended

KIND = "User"
# Where a field of ours stands in a User.
PLACES = {
    "identifier": "userName",
    "first_name": "name.givenName",
    "last_name": "name.familyName",
    "civility": "name.honorificPrefix",
    "email": "emails",
    "phone": "phoneNumbers",
    "profession": "title",
    "locale": "locale",
    "national_id": "nationalId",
    "title": "practiceTitle",
}


def load(asked: Asked, account: str) -> Denied | Sheet:
    """Somebody's sheet; a closed account is gone for SCIM (RFC 7644 §3.6)."""
    found = asked.services.office.people.sheet(asked.tx, asked.authority, account)
    if isinstance(found, Sheet) and found.account.state is State.CLOSED:
        return Denied.NOT_FOUND
    return found


def drawn(asked: Asked, sheet: Sheet) -> User:
    """An account as a User."""
    account, person = sheet.account, sheet.account.person
    site = f"{asked.services.core.settings.server.issuer}{PREFIX}"
    user = User(
        id=account.id,
        external_id=external_ids.of(asked.tx, asked.application, KIND, account.id) or None,
        user_name=person.identifier,
        name=PersonName(
            family_name=person.last_name,
            given_name=person.first_name,
            honorific_prefix=person.civility or None,
        ),
        display_name=person.display_name,
        user_type=UserType(person.population.value),
        title=person.profession or None,
        locale=Locale(person.locale) if person.locale in set(Locale) else None,
        active=account.state is State.ACTIVE,
        emails=_one(person.email, PersonEmail, PersonEmail.Type.work),
        phone_numbers=_one(person.phone, PersonPhone, PersonPhone.Type.mobile),
        groups=[
            PersonGroup(
                value=key,
                ref=Reference[Any](f"{site}/Groups/{key}"),
                display=name,
                type="direct",
            )
            for key, name in sheet.communities
        ]
        or None,
    )
    user[Extended] = Extended(
        national_id=person.national_id or None,
        birth_name=person.birth_name or None,
        birth_date=person.birth_date or None,
        speciality=person.speciality or None,
        practice_title=sheet.particulars.title or None,
        town=person.town or None,
        establishments=[one.key for one in sheet.establishments] or None,
    )
    plain = user.model_dump(mode="json", exclude_none=True)
    user.meta = Meta(
        resource_type=KIND,
        created=at(sheet.created_at),
        last_modified=at(account.updated_at),
        location=f"{site}/Users/{account.id}",
        version=version_of(plain),
    )
    return user


def _one(value: str, kind: Any, named: Any) -> list[Any] | None:
    return [kind(value=value, type=named, primary=True)] if value else None


def person_of(user: User, old: Person | None) -> Person | Problem:
    """What is written of somebody; addresses are verified by their owner alone (CR-046)."""
    emails, phones = user.emails or [], user.phone_numbers or []
    for place, several in (("emails", emails), ("phoneNumbers", phones)):
        if len(several) > 1:
            return _wrong(place, "one at most")
    more, name = user[Extended] or Extended(), user.name or PersonName(honorific_prefix=None)
    kind = Population((user.user_type or UserType.PROFESSIONAL).value)
    if old is not None and user.user_type is not None and kind is not old.population:
        return Problem("invalid", "userType never changes", scim="mutability")
    return Person(
        population=old.population if old else kind,
        identifier=user.user_name or "",
        first_name=name.given_name or "",
        last_name=name.family_name or "",
        civility=name.honorific_prefix or "",
        birth_name=more.birth_name or "",
        birth_date=more.birth_date or "",
        email=(emails[0].value or "") if emails else "",
        email_verified=old.email_verified if old else False,
        phone=(phones[0].value or "") if phones else "",
        phone_verified=old.phone_verified if old else False,
        national_id=more.national_id or None,
        profession=user.title or "",
        speciality=more.speciality or "",
        town=more.town or "",
        locale=user.locale.value if user.locale else (old.locale if old else "fr"),
    )


def particulars_of(user: User, old: Particulars) -> Particulars:
    """What else is written of somebody."""
    return replace(old, title=(user[Extended] or Extended()).practice_title or "")


def _wrong(place: str, rule: str, name: str = "unfit") -> Problem:
    return Problem(name, errors=(Where(place, rule),))


def create(asked: Asked, user: User) -> str | Problem | Denied:
    """Make an account; its id."""
    person = person_of(user, None)
    if isinstance(person, Problem):
        return person
    houses = tuple((user[Extended] or Extended()).establishments or ())
    own = asked.authority.reach(Right.ACCOUNTS_CREATE).establishments
    if not houses and len(own) == 1:
        # Whoever serves one establishment need not say which.
        houses = tuple(own)
    new = New(person, particulars_of(user, Particulars()), houses, ())
    made = asked.services.office.people.create(asked.tx, asked.authority, new)
    if isinstance(made, Denied):
        return made
    if isinstance(made, Unfit):
        return unfit(made.fields)
    if isinstance(made, NotCreated):
        if made.duplicate is not None:
            return _wrong(PLACES.get(made.duplicate.value, made.duplicate.value), "taken", "taken")
        return unfit(made.unfit)
    if denied := _called(asked, made.id, user):
        return denied
    if user.active is False:
        done = _set_state(asked, made.id, State.DISABLED)
        if not isinstance(done, tuple):
            return done
    return made.id


def unfit(names: tuple[str, ...]) -> Problem:
    """These attributes hold what can't be kept."""
    return Problem("unfit", errors=tuple(Where(PLACES.get(one, one), "unfit") for one in names))


def change(asked: Asked, sheet: Sheet, user: User) -> tuple[Ended, ...] | Problem | Denied:
    """Make an account what the User says; the sessions that ended with it."""
    people, account = asked.services.office.people, sheet.account
    here = [one.key for one in sheet.establishments]
    # Each verb asks again and further; whoever may change nothing here is told so first (WB-014).
    if denied := asked.authority.refuses_in(Right.ACCOUNTS_EDIT, here, seeing=True):
        return denied
    person = person_of(user, account.person)
    if isinstance(person, Problem):
        return person
    more = particulars_of(user, sheet.particulars)
    if (person, more) != (account.person, sheet.particulars):
        seen = account.updated_at
        done = people.edit(asked.tx, asked.authority, account.id, seen, person, more)
        if not isinstance(done, Account):
            return _not_edited(done)
    moved = _move(asked, sheet, frozenset((user[Extended] or Extended()).establishments or ()))
    if moved is not None:
        return moved
    if denied := _called(asked, account.id, user):
        return denied
    # What is not said of it stays.
    wanted = account.state is State.ACTIVE if user.active is None else user.active
    if wanted is (account.state is State.ACTIVE):
        return ()
    return _set_state(asked, account.id, State.ACTIVE if wanted else State.DISABLED)


def _called(asked: Asked, account: str, user: User) -> Denied | None:
    """What the client calls it."""
    names, name = asked.services.office.client_names, user.external_id or ""
    done = names.call_account(asked.tx, asked.authority, asked.application, account, name)
    return done if isinstance(done, Denied) else None


def _not_edited(done: Denied | Stale | Unfit) -> Problem | Denied:
    match done:
        case Stale():
            return Problem("changed")
        case Unfit(why="taken"):
            return _wrong(PLACES.get(done.fields[0], done.fields[0]), "taken", "taken")
        case Unfit():
            return unfit(done.fields)
    return done


def _move(asked: Asked, sheet: Sheet, wanted: frozenset[str]) -> Denied | Problem | None:
    """Only those in reach are shown, so only those are taken away."""
    people, account = asked.services.office.people, sheet.account.id
    here = {one.key for one in sheet.establishments}
    for house in sorted(wanted - here):
        done = people.affiliate(asked.tx, asked.authority, account, house)
        if done is Denied.NOT_FOUND:
            return _wrong("establishments", "unknown")
        if isinstance(done, Denied):
            return done
    for house in sorted(here - wanted):
        done = people.unaffiliate(asked.tx, asked.authority, account, house)
        if isinstance(done, Denied):
            return done
    return None


def _set_state(asked: Asked, account: str, state: State) -> tuple[Ended, ...] | Problem | Denied:
    people = asked.services.office.people
    done = people.set_state(asked.tx, asked.authority, account, state, "SCIM")
    if isinstance(done, Changed):
        return done.ended
    return Problem("conflict", done.why) if isinstance(done, Unfit) else done


def close(asked: Asked, account: str) -> tuple[Ended, ...] | Problem | Denied:
    """Who is deleted by SCIM is closed here: nobody ever gets their identifier (WB-017)."""
    found = load(asked, account)
    if isinstance(found, Denied):
        return found
    done = _set_state(asked, account, State.CLOSED)
    if isinstance(done, tuple):
        external_ids.put(asked.tx, asked.application, KIND, account, "")
    return done
