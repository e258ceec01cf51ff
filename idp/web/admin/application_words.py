# SPDX-License-Identifier: Apache-2.0
"""What an application is told, in the reader's language; names of the protocols stay."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from idp.administration.rules.protocols import Complained, Complaint, Detail, Speaks, Told
from idp.applications.values import Application
from idp.web.admin.application_shapes import Section

# What of a person an application may be told; a test asks that each has its words.
TELLABLE: Final[Mapping[str, Any]] = {
    "subject": _l("A name that is its own, always the same"),
    "identifier": _l("The identifier that they log in with"),
    "display_name": _l("First and last name"),
    "name": _l("First and last name"),
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "birth_date": _l("Birth date"),
    "email": _l("E-mail address, once confirmed"),
    "phone": _l("Mobile number, once confirmed"),
    "locale": _l("Language"),
    "population": _l("Professional, patient or staff"),
    "national_id": _l("National identifier"),
    "profession": _l("Profession"),
    "speciality": _l("Speciality"),
    "level": _l("Level of the login"),
    "means": _l("Means of the login"),
    "authenticated_at": _l("Moment of the login"),
    "session": _l("Name of the session"),
}
PROTOCOLS: Final[Mapping[str, Any]] = {
    "oidc": "OpenID Connect",
    "saml": "SAML 2.0",
    "headers": _l("Forwarded headers"),
}


def told_context(told: Told) -> dict[str, Any]:
    """What the page shows of it."""
    return {
        "told": sections_of(told.places),
        "complaints": [complaint_words(one) for one in told.complaints],
        "document": told.document,
    }


def tellable_words(word: str) -> str:
    """What of a person it is."""
    return str(TELLABLE.get(word, word))


def protocol_words(protocol: str) -> str:
    """What an application speaks."""
    return str(PROTOCOLS.get(protocol, protocol))


def offered(sections: Iterable[Section], speaks: Speaks) -> tuple[Section, ...]:
    """The sections of a form with what of a person its protocol may tell."""
    usually = dict(speaks.tellable())
    words = tuple((word, said) for word, said in TELLABLE.items() if word in usually)
    return tuple(
        replace(
            section,
            fields=tuple(
                field.offering("source", words, usually).offering("of", words, {})
                for field in section.fields
            ),
        )
        for section in sections
    )


def registered_words(
    places: Mapping[str, tuple[Detail, ...]],
) -> Mapping[str, tuple[Detail, ...]]:
    """What anybody is told of, by words of people and not of a registration."""
    return {
        place: tuple(replace(one, value=tellable_words(one.value)) for one in details)
        for place, details in places.items()
    }


def sections_of(places: Mapping[str, tuple[Detail, ...]]) -> list[tuple[str, list[Detail]]]:
    """Section by section, under titles."""
    return [(place_words(place), list(said)) for place, said in places.items()]


def place_words(place: str) -> str:
    """The title of a section; the protocols' own words stand for themselves."""
    words = {
        "subject": _("Who it is"),
        "login": _("The login"),
        "attributes": _("Attributes"),
        "validity": _("Where and until when it holds"),
        "signature": _("Signature"),
        "encryption": _("Encryption"),
        "headers": _("Headers"),
        "vihf": "VIHF",
    }
    return str(words.get(place, place))


def complaint_words(one: Complained) -> str:
    """What an application would complain about, and what to do."""
    names = ", ".join(one.names)
    words = {
        Complaint.NO_SUBJECT: _(
            "This person cannot be named as it was registered (%(names)s): the login is answered "
            "by a refusal. Have their address confirmed, or register another format.",
            names=names,
        ),
        Complaint.OTHER_EACH_TIME: _(
            "The name is another one at each login: the application cannot know people again by it."
        ),
        Complaint.NOT_KNOWN: _(
            "Registered, but not known or not confirmed of this person: %(names)s.", names=names
        ),
        Complaint.NO_DETAILS: _(
            "Nothing is told beside who it is: the application learns neither name nor address."
        ),
        Complaint.NOT_VOUCHED: _(
            "National services are told nothing of this person, no VIHF can be made: %(names)s.",
            names=names,
        ),
        Complaint.NO_SECRET: _(
            "It has no secret yet: it cannot prove itself, and nobody enters before one is made."
        ),
        Complaint.IN_FRONT: _(
            "Tokens go through the browser (%(names)s), where they may be read: leave this to an "
            "application that can do nothing else.",
            names=names,
        ),
        Complaint.WEAK_REQUESTS: _(
            "Its requests need no signature, or it signs as one no longer does "
            "(%(names)s): leave this to an application that can do nothing else.",
            names=names,
        ),
        Complaint.CERTIFICATE_OVER: _(
            "The certificate to encrypt for ran out on %(names)s: it is used all the same, but the "
            "application may refuse what comes by it.",
            names=names,
        ),
    }
    return str(words[one.what])


def connecting_to(speaks: Speaks, application: Application) -> tuple[Detail, ...]:
    """What is typed on the other side; nothing where the registration is of no use."""
    return () if speaks.faults(application) else speaks.connecting(application)
