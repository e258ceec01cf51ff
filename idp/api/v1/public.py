# SPDX-License-Identifier: Apache-2.0
"""What is shown to others: the Annuaire, and announcements."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import Field

from idp.accounts import service as accounts
from idp.accounts.listing import EVERYBODY, PROFESSIONALS
from idp.administration.authority import Denied
from idp.administration.region.announcements import Announcement, Notice, Tone
from idp.administration.rights import Right
from idp.api.problems import Problem, Where
from idp.api.routing import Asked, Done, Operation, Outcome
from idp.api.scopes import AMONG_PROFESSIONALS, WITHOUT_ROLE
from idp.api.v1.shapes import at, moment
from idp.api.values import Body, Line128, Listed, Paging, Shown
from idp.api.words import N_
from idp.directory.shown import Entry, Query, TooShort, Viewer, viewer_of


class DirectoryEntry(Shown):
    """Somebody, as far as you may see them."""

    reference: str
    civility: str
    title: Annotated[str, Field(description="Of the exercise, as it stands before the name: Dr")]
    last_name: str
    first_name: str
    profession: str
    speciality: str
    town: str
    phone: str
    street: Annotated[str, Field(description="This and what follows: among professionals alone")]
    po_box: str
    post_code: str
    emergency_phone: str
    fax: str
    establishments: Annotated[list[str], Field(description="FINESS numbers")]


class DirectoryFilters(Paging):
    """Two letters at least of one of them."""

    name: Line128 = ""
    profession: Line128 = ""
    speciality: Line128 = ""
    town: Line128 = ""


class AnnouncementShown(Shown):
    """A notice on the portal."""

    id: str
    tone: Tone
    french: str
    english: str
    starts_at: datetime
    ends_at: datetime | None


class AnnouncementGiven(Body):
    """What is to be announced."""

    tone: Annotated[Tone, Field(strict=False)] = Tone.INFO
    french: Annotated[str, Field(min_length=1, max_length=2000)]
    english: Annotated[str, Field(min_length=1, max_length=2000)]
    starts_at: Annotated[int | None, Field(ge=0, le=9_999_999_999)] = None
    ends_at: Annotated[int | None, Field(ge=0, le=9_999_999_999)] = None


def search(asked: Asked) -> Outcome:
    """People of the Annuaire: by a scope of its own, or by a role that may look."""
    if denied := _refused(asked):
        return denied
    query = asked.query
    wanted = Query(
        name=query.name,
        profession=query.profession,
        speciality=query.speciality,
        town=query.town,
        after=query.after,
        size=query.size,
    )
    found = asked.services.core.annuaire.search(asked.tx, _viewer(asked), wanted)
    if isinstance(found, TooShort):
        return Problem("unfit", "two letters at least", (Where("?name", "too-short"),))
    items = [_entry(one) for one in found.entries]
    return Done(Listed[DirectoryEntry](items=items), next=found.after)


def person(asked: Asked) -> Outcome:
    """One of them."""
    if denied := _refused(asked):
        return denied
    found = asked.services.core.annuaire.person(asked.tx, _viewer(asked), asked.path["reference"])
    return Denied.NOT_FOUND if found is None else Done(_entry(found))


def _refused(asked: Asked) -> Denied | None:
    if set(WITHOUT_ROLE) & set(asked.scopes):
        return None
    return asked.authority.refuses(Right.DIRECTORY_SEE)


def _viewer(asked: Asked) -> Viewer:
    """A person sees as that person; a program as everybody, or as what it was registered for."""
    account = asked.authority.account
    if account is None:
        among = AMONG_PROFESSIONALS in asked.scopes
        return Viewer(PROFESSIONALS if among else EVERYBODY, asked.authority.actor)
    return viewer_of(accounts.load(asked.tx, account), "")


def _entry(one: Entry) -> DirectoryEntry:
    return DirectoryEntry(
        reference=one.reference,
        civility=one.civility,
        title=one.title,
        last_name=one.last_name,
        first_name=one.first_name,
        profession=one.profession,
        speciality=one.speciality,
        town=one.town,
        phone=one.phone,
        street=one.street,
        po_box=one.po_box,
        post_code=one.post_code,
        emergency_phone=one.emergency_phone,
        fax=one.fax,
        establishments=[place.finess for place in one.places],
    )


def _shown(one: Announcement) -> AnnouncementShown:
    return AnnouncementShown(
        **asdict(one) | {"starts_at": at(one.starts_at), "ends_at": moment(one.ends_at)}
    )


def announcements(asked: Asked) -> Outcome:
    """The newest first."""
    found = asked.services.office.notices.every(asked.tx, asked.authority)
    if isinstance(found, Denied):
        return found
    return Done(Listed[AnnouncementShown](items=[_shown(one) for one in found]))


def announce(asked: Asked) -> Outcome:
    """Tell everybody."""
    notice = Notice(**asked.body.model_dump())
    done = asked.services.office.notices.add(asked.tx, asked.authority, notice)
    if isinstance(done, tuple):
        return Problem("unfit", errors=tuple(Where(f"#/{one}", "unfit") for one in done))
    return done if isinstance(done, Denied) else Done(_shown(done))


def end(asked: Asked) -> Outcome:
    """Take it off every page now."""
    notices = asked.services.office.notices
    done = notices.end(asked.tx, asked.authority, asked.path["announcement"])
    if isinstance(done, Denied):
        return done
    return Done(status=204) if done else Denied.NOT_FOUND


OPERATIONS = (
    Operation(
        "GET",
        "/directory",
        "searchDirectory",
        N_("People of the directory, as far as they wish to be seen"),
        search,
        Right.DIRECTORY_SEE,
        scopes=WITHOUT_ROLE,
        query=DirectoryFilters,
        answer=Listed[DirectoryEntry],
        problems=("unfit",),
    ),
    Operation(
        "GET",
        "/directory/{reference}",
        "showDirectoryEntry",
        N_("One entry of the directory"),
        person,
        Right.DIRECTORY_SEE,
        scopes=WITHOUT_ROLE,
        answer=DirectoryEntry,
    ),
    Operation(
        "GET",
        "/announcements",
        "listAnnouncements",
        N_("Announcements, the newest first"),
        announcements,
        Right.ANNOUNCEMENTS_EDIT,
        answer=Listed[AnnouncementShown],
    ),
    Operation(
        "POST",
        "/announcements",
        "createAnnouncement",
        N_("Announce something"),
        announce,
        Right.ANNOUNCEMENTS_EDIT,
        body=AnnouncementGiven,
        answer=AnnouncementShown,
        status=201,
        problems=("unfit",),
    ),
    Operation(
        "DELETE",
        "/announcements/{announcement}",
        "endAnnouncement",
        N_("Take an announcement off every page"),
        end,
        Right.ANNOUNCEMENTS_EDIT,
        status=204,
    ),
)
