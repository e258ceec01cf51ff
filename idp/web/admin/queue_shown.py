# SPDX-License-Identifier: Apache-2.0
"""Requests as the pages show them: made of what the service answered, for templates."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from idp.accounts.values import Person
from idp.administration.requests.matches import Match
from idp.administration.requests.outcomes import Opened, Row
from idp.directory import nomenclature
from idp.directory.numbers import number_of
from idp.http.services import Core
from idp.messages.numbers import spaced
from idp.registration.store import folded_name
from idp.registration.values import Request, Stage
from idp.web.account_page import Stamp, stamp, visibilities
from idp.web.admin.queue_words import ASKED, REASONS, STAGES, act_words, noted, waited, why_words
from idp.web.means import label_of

PATH = "/admin/requests"


def line_of(row: Row, now: int, query: str) -> dict[str, Any]:
    """One line of the list."""
    request, details = row.request, row.request.content.details
    label, tone = STAGES[request.stage]
    ends = request.decided_at or now
    return {
        "pick": f"{request.id}.{request.version}",
        "name": name_of(request),
        "url": f"{PATH}/{request.id}{query}",
        "number": details.number,
        "profession": details.profession_label,
        "house": row.establishment,
        "since": stamp(request.submitted_at),
        "waited": waited(max(ends - (request.submitted_at or ends), 0)),
        "assigned": row.assigned_name,
        "state": str(label),
        "tone": tone,
    }


def name_of(request: Request) -> str:
    """Last name first, as lists are read."""
    details = request.content.details
    return f"{details.last_name} {details.first_name}".strip() or request.id


def sheet_of(core: Core, opened: Opened, query: str) -> dict[str, Any]:
    """Everything on the page of one request."""
    request = opened.request
    label, tone = STAGES[request.stage]
    names = dict(opened.names)
    return {
        "id": request.id,
        "url": f"{PATH}/{request.id}",
        "query": query,
        "seen": request.version,
        "name": name_of(request),
        "state": str(label),
        "tone": tone,
        "pending": request.stage is Stage.PENDING,
        "since": stamp(request.submitted_at),
        "house": opened.establishment,
        "identity": identity_of(request),
        "place": place_of(request),
        "terms": request.terms_version,
        "terms_at": Stamp(request.terms_at),
        "card": _card(core, request),
        "introduced": _introduced(request),
        "communities": [
            (one, opened.communities.get(one, _("%(key)s (gone)", key=one)))
            for one in request.content.wishes.communities
        ],
        "grantable": grantable_of(opened),
        "services": list(request.content.wishes.services),
        "applications": _applications(core, request),
        "agreement": agreement_of(opened),
        "register": _register(opened),
        "has_number": bool(request.national_id),
        "matches": [match_of(request, one) for one in opened.matches.seen],
        "certain": opened.matches.certain,
        "elsewhere": opened.matches.elsewhere,
        "history": [
            {
                "at": Stamp(one.at),
                "what": act_words(one, names),
                "who": names.get(one.by, "") or _("the person"),
                "said": noted(one),
            }
            for one in reversed(opened.history)
        ],
        "assigned": names.get(request.assigned_to or "", ""),
        "assigned_to": request.assigned_to or "",
        "may_decide": opened.may_decide,
        "answer": request.answer,
        "reopen_until": stamp(opened.reopen_until),
        "account": request.account_id or "",
        "reasons": [(key, str(title), str(text)) for key, title, text in REASONS],
        "askings": [(key, str(title), str(text)) for key, title, text in ASKED],
    }


def grantable_of(opened: Opened) -> list[tuple[str, str]]:
    """The communities that may be given: those asked for, and those that applications need."""
    needed = [
        (key, _("%(name)s (opens an application asked for)", name=name))
        for key, name in opened.needed.items()
    ]
    return [*opened.grantable.items(), *needed]


def identity_of(request: Request) -> list[tuple[str, str]]:
    """Who they say they are."""
    details = request.content.details
    return [
        (_("Civility"), nomenclature.short_civility(details.civility)),
        (_("Title of practice"), nomenclature.short_title(details.title)),
        (_("Last name"), details.last_name),
        (_("First name"), details.first_name),
        (_("Birth name"), details.birth_name),
        (_("Birth date"), details.birth_date),
        (_("RPPS or ADELI number"), number_of(request.national_id) or details.number),
        (_("Profession"), details.profession_label),
        (_("Speciality"), details.speciality_label),
        (_("E-mail address"), details.email),
    ]


def place_of(request: Request) -> list[tuple[str, str]]:
    """Where they can be reached, and who may see it."""
    details = request.content.details
    street = " · ".join(one for one in (details.street, details.po_box) if one)
    town = " ".join(one for one in (details.post_code, details.city, details.cedex) if one)
    return [
        (_("Address"), street),
        (_("Town"), town),
        (_("Department"), details.department),
        (_("Country"), details.country),
        (_("Phone"), spaced(details.phone)),
        (_("Mobile"), spaced(details.mobile)),
        (_("Emergency phone"), spaced(details.emergency_phone)),
        (_("Fax"), spaced(details.fax)),
        (_("In the directory"), visibilities()[details.visibility]),
    ]


def agreement_of(opened: Opened) -> list[tuple[str, tuple[str, str], str]]:
    """What was typed beside what a register knows."""
    words = {
        "last_name": _("Last name"),
        "first_name": _("First name"),
        "birth_name": _("Birth name"),
        "profession": _("Profession"),
        "town": _("Town"),
    }
    return [
        (words.get(one.field, one.field), (one.typed, one.known), one.verdict)
        for one in opened.agreement
    ]


def _register(opened: Opened) -> str:
    known = opened.practitioner
    return f"{known.last_name} {known.first_name}".strip() if known else ""


def _card(core: Core, request: Request) -> dict[str, Any] | None:
    shown = request.content.card
    if shown is None:
        return None
    return {
        "serial": shown.serial,
        "kind": shown.kind.upper(),
        "holder": f"{shown.last_name} {shown.first_name}".strip(),
        "until": Stamp(shown.valid_until),
        "valid": shown.valid_until > core.clock.now(),
    }


def _introduced(request: Request) -> dict[str, Any] | None:
    told = request.content.introduced
    if told is None:
        return None
    return {
        "by": label_of(told.means),
        "who": f"{told.last_name} {told.first_name}".strip(),
        "number": told.national_id,
        "at": Stamp(told.at),
    }


def _applications(core: Core, request: Request) -> list[str]:
    found = []
    with core.database.read() as tx:
        for key in request.content.wishes.applications:
            known = core.applications.load(tx, key)
            found.append(known.name if known else _("%(key)s (gone)", key=key))
    return found


def match_of(request: Request, match: Match) -> dict[str, Any]:
    """Somebody who may be the same person."""
    account = match.account
    other = match.request
    name = account.person.display_name if account else name_of(other) if other else ""
    return {
        "id": match.name,
        "name": name,
        "about": account.person.identifier if account else _("another request"),
        "why": why_words(match.why),
        "certain": match.certain,
        "is_account": account is not None,
        "url": f"{PATH}/{request.id}/compare/{match.name}",
    }


def compared(request: Request, match: Match) -> list[tuple[str, tuple[str, str], str]]:
    """Both side by side, row by row."""
    theirs = _of_account(match.account.person) if match.account else _of_request(match.request)
    return [
        (label, (mine, theirs[label]), _verdict(mine, theirs[label]))
        for label, mine in _of_request(request).items()
    ]


def _of_request(request: Request | None) -> Mapping[str, str]:
    return (
        {}
        if request is None
        else dict(identity_of(request)[2:])
        | {
            _("Mobile"): request.content.details.mobile,
            _("Town"): request.content.details.city,
        }
    )


def _of_account(person: Person) -> Mapping[str, str]:
    return {
        _("Last name"): person.last_name,
        _("First name"): person.first_name,
        _("Birth name"): person.birth_name,
        _("Birth date"): person.birth_date,
        _("RPPS or ADELI number"): number_of(person.national_id or ""),
        _("Profession"): person.profession,
        _("Speciality"): person.speciality,
        _("E-mail address"): person.email,
        _("Mobile"): person.phone,
        _("Town"): person.town,
    }


def _verdict(mine: str, theirs: str) -> str:
    if not mine or not theirs:
        return "unknown"
    if mine == theirs:
        return "agrees"
    return "close" if folded_name(mine) == folded_name(theirs) else "differs"
