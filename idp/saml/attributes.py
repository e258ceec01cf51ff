# SPDX-License-Identifier: Apache-2.0
"""What an application may be told of somebody, and under which names.

Sources lie in the groups that the person is asked about; names are what the application reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.accounts.values import Account
from idp.saml.names import BASIC, UNSPECIFIED_NAME, URI

Reader = Callable[[Account], str | None]
FORMATS = {"uri": URI, "basic": BASIC, "unspecified": UNSPECIFIED_NAME}


@dataclass(frozen=True, slots=True)
class Source:
    """One detail of a person; `name` is the usual one, where the application says none."""

    group: str
    name: str
    friendly: str
    read: Reader


@dataclass(frozen=True, slots=True)
class Released:
    """One attribute as an application reads it."""

    source: str
    name: str
    format: str
    friendly_name: str = ""


# SAML attribute profiles X.500/LDAP; the health names are those of Pro Santé Connect.
SOURCES: Mapping[str, Source] = {
    "identifier": Source(
        "profile",
        "urn:oid:0.9.2342.19200300.100.1.1",
        "uid",
        lambda account: account.person.identifier,
    ),
    "first_name": Source(
        "profile", "urn:oid:2.5.4.42", "givenName", lambda account: account.person.first_name
    ),
    "last_name": Source(
        "profile", "urn:oid:2.5.4.4", "sn", lambda account: account.person.last_name
    ),
    "display_name": Source(
        "profile",
        "urn:oid:2.16.840.1.113730.3.1.241",
        "displayName",
        lambda account: account.person.display_name,
    ),
    "birth_date": Source(
        "profile", "birthdate", "", lambda account: account.person.birth_date or None
    ),
    "locale": Source(
        "profile",
        "urn:oid:2.16.840.1.113730.3.1.39",
        "preferredLanguage",
        lambda account: account.person.locale,
    ),
    "email": Source(
        "email",
        "urn:oid:0.9.2342.19200300.100.1.3",
        "mail",
        # As with names: whoever reads it takes it for theirs, so nobody else's may stand here.
        lambda account: account.person.email if account.person.email_verified else None,
    ),
    "phone": Source(
        "phone",
        "urn:oid:2.5.4.20",
        "telephoneNumber",
        lambda account: account.person.phone if account.person.phone_verified else None,
    ),
    "national_id": Source(
        "health_professional", "SubjectNameID", "", lambda account: account.person.national_id
    ),
    "profession": Source(
        "health_professional", "profession", "", lambda account: account.person.profession or None
    ),
    "speciality": Source(
        "health_professional", "speciality", "", lambda account: account.person.speciality or None
    ),
}
# SM-074: names that an application reads as this server's own word on who somebody is and what they
# may do. Nothing that a person or an administrator typed is released under one.
RESERVED = frozenset(
    {
        "nameid",
        "subject",
        "sub",
        "urn:oasis:names:tc:saml:attribute:subject-id",
        "urn:oasis:names:tc:saml:attribute:pairwise-id",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.10",
        "edupersontargetedid",
        "edupersonuniqueid",
        "edupersonprincipalname",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
        "edupersonentitlement",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.7",
        "edupersonassurance",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.11",
        "ismemberof",
        "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
        "memberof",
        "group",
        "groups",
        "role",
        "roles",
        "level",
        "authentification_mode",
        "identifiant_structure",
        "mode_acces",
        "mode_acces_raison",
        "ressource_urn",
        "secteur_activite",
        "vihf",
        "vihf_version",
        "urn:oasis:names:tc:xacml:2.0:subject:role",
        "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
    }
)
RESERVED_UNDER = ("urn:oasis:names:tc:xspa:", "urn:oasis:names:tc:xacml:", "urn:sceau:", "lps_")
# Each of these is this server's own word already, and may bear its usual name only.
OWN = {"subjectnameid": "national_id"}


def is_reserved(name: str, source: str) -> bool:
    """Whether nothing, or not this, may be released under a name."""
    folded = name.casefold()
    if folded in RESERVED or folded.startswith(RESERVED_UNDER):
        return True
    return OWN.get(folded, source) != source


def read_attributes(
    account: Account, released: tuple[Released, ...]
) -> list[tuple[Released, tuple[str, ...]]]:
    """Each attribute with its values; what isn't known is left out."""
    found: list[tuple[Released, tuple[str, ...]]] = []
    for one in released:
        value = SOURCES[one.source].read(account)
        if value:
            found.append((one, (value,)))
    return found
