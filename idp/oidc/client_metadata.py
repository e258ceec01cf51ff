# SPDX-License-Identifier: Apache-2.0
"""Client metadata (RFC 7591 §2) as a registration here, and a registration as client metadata."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from idp.applications.faults import Fault
from idp.applications.terms import Terms
from idp.applications.values import Application, administers
from idp.grants.lasting import LASTING as LASTS
from idp.grants.lasting import SCOPE as LASTING
from idp.grants.lasting import SETTING as REFRESH
from idp.http.addresses import host_of
from idp.oidc.absent import ADDRESS as PINGED
from idp.oidc.claims import SCOPES
from idp.oidc.client import KNOWN, LOGINS, OURS, read_client
from idp.oidc.errors import OAuthError
from idp.oidc.introducing import LOCALISED
from idp.oidc.lasting import as_asked
from idp.oidc.registering import TOP
from idp.oidc.response_types import in_order

BAD: Final = "invalid_client_metadata"
BAD_REDIRECT: Final = "invalid_redirect_uri"
LONGEST_NAME: Final = 100
LONGEST: Final = 2000
# One in another: no metadata that means something needs more.
DEEPEST: Final = 16
# What people are shown, in a language that RFC 5646 would name so.
TAGGED: Final = re.compile(r"(client_name|client_uri|policy_uri|tos_uri)#([A-Za-z0-9-]{2,35})")
ADDRESSES: Final = ("client_uri", "policy_uri", "tos_uri")
# What a client that registers itself decides of its settings.
TAKEN: Final = KNOWN - OURS - {"authorization_details_types", "grant_types", "response_types"}
# What an administrator demands of it, no update takes back.
DEMANDED: Final = (
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
)
# RFC 7592 §2.2: an update holds none of these.
OF_THE_ANSWER: Final = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
# What an administrator says of an application, and no update takes away.
KEPT: Final = ("policy", "listed", "description", "long_name", "support_phone", "registration")


@dataclass(frozen=True, slots=True)
class Known:
    """On what ground metadata is read."""

    terms: Terms
    # Its name in this language is shown, where it has one.
    language: str
    # Its registration so far; nothing for one that comes.
    before: Mapping[str, Any] | None = None
    # The newest that an administrator made of it.
    said: Mapping[str, Any] | None = None


def read_object(body: bytes) -> dict[str, Any] | OAuthError:
    """The members; RFC 7592 §2.2: one that is null is none."""
    try:
        found = json.loads(body, object_pairs_hook=_once, parse_constant=_no_number)
        # JSON can name half a character, which nothing else can.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return OAuthError(BAD, "the body is no JSON object")
    if not isinstance(found, dict) or not _is_shallow(found):
        return OAuthError(BAD, "the body is no JSON object")
    return {name: value for name, value in found.items() if value is not None}


def as_document(metadata: Mapping[str, Any], key: str, known: Known) -> dict[str, Any] | OAuthError:
    """The registration that this makes; what is not known here is left out (RFC 7591 §2)."""
    for name in (*TOP, "scope", "token_endpoint_auth_method", "subject_type"):
        if name in metadata and not _is_line(metadata[name]):
            return OAuthError(BAD, f"{name}: one line of text is expected")
    for name in ADDRESSES:
        if metadata.get(name) and not metadata[name].startswith("https://"):
            return OAuthError(BAD, f"{name}: an https address is expected")
    settings = _settings(metadata, known)
    if isinstance(settings, OAuthError):
        return settings
    before = known.before or {}
    top = {TOP[name]: metadata[name] for name in TOP if metadata.get(name)}
    contacts = metadata.get("contacts", [])
    if not _are_texts(contacts) or not all(_is_line(one) for one in contacts):
        return OAuthError(BAD, "contacts: a list of lines of text is expected")
    # Its tile is shown where an administrator says so.
    fresh = {"listed": False, "policy": dict(known.terms.policy)}
    return {
        **(fresh if known.before is None else {}),
        **{name: before[name] for name in KEPT if name in before},
        **top,
        "key": key,
        "name": _name(metadata, known, key),
        "protocol": "oidc",
        **({"support_email": contacts[0][:LONGEST]} if contacts else {}),
        "oidc": settings,
    }


def narrowed(terms: Terms, said: Mapping[str, Any] | None) -> Terms:
    """OA-160: what somebody who administers took away, it does not give itself back."""
    if said is None:
        return terms
    settings = said.get("oidc", {})
    lasting = [LASTING] if settings.get(REFRESH) == LASTS else []
    scopes = [*settings.get("scopes", ["openid"]), *lasting]
    grants = settings.get("grant_types", ["authorization_code"])
    answers = [in_order(one) for one in settings.get("response_types", ["code"])]
    return replace(
        terms,
        scopes=tuple(one for one in terms.scopes if one in scopes),
        grants=tuple(one for one in terms.grants if one in grants),
        public=terms.public and settings.get("subject_type") != "pairwise",
        answers=tuple(one for one in terms.answers if one in answers),
    )


def _settings(metadata: Mapping[str, Any], known: Known) -> dict[str, Any] | OAuthError:
    terms, before = known.terms, (known.before or {}).get("oidc", {})
    grants = metadata.get("grant_types", ["authorization_code"])
    answers = metadata.get("response_types", ["code"] if LOGINS & set(_texts(grants)) else [])
    method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
    if not _are_texts(grants) or not _are_texts(answers):
        return OAuthError(BAD, "grant_types, response_types: lists of texts are expected")
    answers = [in_order(one) for one in answers]
    # OA-160: never more than whoever invited it granted.
    for name, asked, granted in (
        ("grant_types", grants, terms.grants),
        ("response_types", answers, terms.answers),
        ("token_endpoint_auth_method", [method], terms.methods),
    ):
        if not set(asked) <= set(granted):
            return OAuthError(BAD, f"{name}: not what it was invited for")
    if metadata.get("subject_type") == "public" and not terms.public:
        return OAuthError(BAD, "subject_type: not what it was invited for")
    scopes = _scopes(metadata, terms)
    if isinstance(scopes, OAuthError):
        return scopes
    if fault := _host_fault(metadata, terms):
        return fault
    settings = {name: metadata[name] for name in sorted(TAKEN & metadata.keys())}
    localised = {name: metadata[name] for name in metadata if TAGGED.fullmatch(name)}
    if localised and metadata.get("client_name"):
        localised["client_name"] = metadata["client_name"]
    if not all(_is_line(one) for one in localised.values()):
        return OAuthError(BAD, "one line of text is expected")
    lasting = OURS - {LOCALISED} | {"authorization_details_types"}
    ours = {name: before[name] for name in lasting if name in before}
    said = (known.said or {}).get("oidc", {})
    ours = as_asked(ours, said, scopes, terms.scopes)
    ours |= {name: True for name in DEMANDED if said.get(name) is True}
    if known.before is None:
        ours |= _leave(terms, method)
    return {
        # OIDC Registration §2: what counts where nothing is said.
        "id_token_signed_response_alg": "RS256",
        **settings,
        **ours,
        **({LOCALISED: localised} if localised else {}),
        "grant_types": list(grants),
        **({"response_types": answers} if answers else {}),
        "token_endpoint_auth_method": method,
        "scopes": [one for one in scopes if one != LASTING],
    }


def _leave(terms: Terms, method: str) -> dict[str, Any]:
    """What it is let off, from its first day."""
    let_off: dict[str, Any] = {}
    if terms.excused and method != "none":
        let_off["pkce"] = "optional"
    if terms.old_signatures:
        let_off["old_signatures"] = True
    return let_off


def _scopes(metadata: Mapping[str, Any], terms: Terms) -> list[str] | OAuthError:
    if not metadata.get("scope"):
        # What goes on while people are away is given to nobody who did not ask.
        return [one for one in terms.scopes if one != LASTING] or ["openid"]
    # Those that nobody knows here are left out (RFC 7591 §2).
    may_last = {LASTING} & set(terms.scopes)
    asked = [
        one
        for one in metadata["scope"].split(" ")
        if one in SCOPES or one in may_last or administers(one)
    ]
    if not set(asked) <= set(terms.scopes):
        return OAuthError(BAD, "scope: not what it was invited for")
    return list(dict.fromkeys(asked)) or ["openid"]


def _host_fault(metadata: Mapping[str, Any], terms: Terms) -> OAuthError | None:
    """Where people are sent back to, if not everywhere is meant."""
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        addresses = metadata.get(name, [])
        if not _are_texts(addresses):
            return OAuthError(BAD_REDIRECT, f"{name}: a list of texts is expected")
        if terms.hosts and not {_host(one) for one in addresses} <= set(terms.hosts):
            return OAuthError(BAD_REDIRECT, f"{name}: not where it was invited for")
    return None


def _host(uri: str) -> str:
    try:
        return host_of(uri)
    except ValueError:
        return ""


def _name(metadata: Mapping[str, Any], known: Known, key: str) -> str:
    """As people read it: in our language where it has one."""
    tagged = {
        found[2].lower(): str(value)
        for name, value in metadata.items()
        if (found := TAGGED.fullmatch(name)) and found[1] == "client_name"
    }
    named = tagged.get(known.language) or metadata.get("client_name")
    named = named or next(iter(tagged.values()), "")
    if not named:
        addresses = [one for one in metadata.get("redirect_uris", []) if isinstance(one, str)]
        named = next((_host(one) for one in addresses), "") or key
    return str(named)[:LONGEST_NAME]


def told(application: Application) -> dict[str, Any]:
    """All that is registered, in the words of RFC 7591 §2."""
    client = read_client(application)
    settings = application.settings
    found = {name: settings[name] for name in sorted(KNOWN - OURS) if name in settings}
    found |= {name: getattr(application, ours) for name, ours in TOP.items()}
    found |= {
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": list(client.answers.types) if client.for_people else [],
        "token_endpoint_auth_method": client.auth_method,
        "id_token_signed_response_alg": client.id_token_algorithm,
        "subject_type": "pairwise" if client.sector else "public",
        "application_type": "native" if client.native else "web",
        "scope": " ".join(client.scopes),
        "contacts": [application.support_email] if application.support_email else [],
        **client.introduced.localised,
    }
    return {name: value for name, value in found.items() if value not in ("", None)}


def refusal(faults: Iterable[Fault]) -> OAuthError:
    """RFC 7591 §3.2.2, in plain words of ours: nothing of the request is said again."""
    listed = list(faults)
    redirects = any(one.place == "oidc.redirect_uris" for one in listed)
    said = "; ".join(
        dict.fromkeys(f"{one.place.removeprefix('oidc.')}: {_plain(one)}" for one in listed)
    )
    return OAuthError(BAD_REDIRECT if redirects else BAD, said[:500])


def _plain(one: Fault) -> str:
    known = {name: one.facts[name] for name in ("known", "most", "where") if name in one.facts}
    text = str(one.what.value).replace("{value!r}", "one").replace("{value}", "one")
    return text.format(**known) if "{" in text else text


def outside(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The addresses that we would fetch or tell something, and by which member."""
    names = ("jwks_uri", "logo_uri", "sector_identifier_uri", "backchannel_logout_uri", PINGED)
    found = [(name, metadata[name]) for name in names if isinstance(metadata.get(name), str)]
    listed = _texts(metadata.get("request_uris"))
    found += [("request_uris", one.partition("#")[0]) for one in listed]
    return [(name, uri) for name, uri in found if uri]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """WB-012: an object that names a member twice is none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


def _is_shallow(found: dict[str, Any]) -> bool:
    """OA-078: what is kept is read and written again at many places, each with its own depth."""
    level: list[Any] = [found]
    for _deep in range(DEEPEST):
        within = [one.values() if isinstance(one, dict) else one for one in level]
        level = [one for values in within for one in values if isinstance(one, dict | list)]
    return not level


def _no_number(name: str) -> None:
    raise ValueError(name)


def _is_line(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and (value.isprintable() or not value)


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
