# SPDX-License-Identifier: Apache-2.0
"""An application's `[headers]` section as a typed value, checked as a whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from idp.applications.faults import Fault, Unfit, What, fault
from idp.applications.registration import BadRegistration
from idp.applications.values import Application
from idp.headers.attributes import READERS, WRITERS, scopes_of
from idp.http.addresses import address_fault, origin_of
from idp.http.cookies import CookieJar

KNOWN = {
    "origins",
    "names",
    "values",
    "logout_path",
    "logged_out",
    "sector",
    "signed_header",
    "signed_life",
}
# Our own path at the application's address: where the one-time handle comes back to.
BACK = "/.sceau/back"
# Ours: what its visitors are told where nothing leads on.
STOPPED = "/headers/stopped"
LOGOUT = "/.sceau/logout"
SECURE, PLAIN = CookieJar(secure=True), CookieJar(secure=False)
SIGNED_LIFE = 60
LONGEST_SIGNED_LIFE = 300
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
PATH = re.compile(r"/[A-Za-z0-9._~/-]{1,200}")
# RFC 9110 §5.6.2 allows more. An underscore is refused: CGI and WSGI read it as a hyphen, and a
# visitor's X_Remote_User would be as good as ours (WB-031).
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
# What HTTP, a proxy or this server reads for itself can't be a person's.
TAKEN = re.compile(
    r"(?i)host|cookie2?|set-cookie|authorization|www-authenticate|location|connection|upgrade|te|"
    r"trailer|transfer-encoding|keep-alive|date|server|vary|expect|origin|referer|forwarded|via|"
    r"(?:content|accept|access-control|cache|proxy|sec|if|x-forwarded|x-original)-.*|x-sceau-proxy"
)


class Unfitting(What):
    """What may be wrong with these settings, beside what may be with any."""

    NO_ORIGIN = "at least one address, as https://old.example.org"
    ORIGIN = "{value!r} is not a scheme, a host in small letters and at most a port"
    ORIGIN_PORT = "{value!r} names a port that browsers leave out"
    NO_HEADER = 'at least one, as X-Remote-User = "identifier"'
    HEADER_NAME = "{value!r} is not a name that a header here may have"
    LIFE = "1 to {most} seconds are expected"
    LOGOUT_PATH = "a path of its own, as /logout"
    LEADS_AWAY = "an address at one of headers.origins is expected"


@dataclass(frozen=True, slots=True)
class Site:
    """What the edge needs to know of an application."""

    application: Application
    # Scheme, host and port of each of its addresses.
    origins: tuple[str, ...]
    # Header by header, and the attribute that it carries.
    names: tuple[tuple[str, str], ...]
    values: str = "utf-8"
    logout_path: str = LOGOUT
    logged_out: str = ""
    sector: str = ""
    signed_header: str = ""
    signed_life: int = SIGNED_LIFE

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is told of a person, in the words of consent."""
        return scopes_of(attribute for _, attribute in self.names)

    def is_ours(self, path: str) -> bool:
        """Whether a path at its address is answered here and never by the application."""
        return path in {BACK, self.logout_path}

    def jar(self, origin: str) -> CookieJar:
        """Its cookies at one of its addresses: of that host alone."""
        return jar_at(origin)

    def cookie(self, purpose: str) -> str:
        """A cookie's name."""
        return cookie_of(self.application.key, purpose)


def jar_at(origin: str) -> CookieJar:
    """The cookies at an application's address."""
    return SECURE if origin.startswith("https:") else PLAIN


@lru_cache(maxsize=256)
def cookie_of(key: str, purpose: str) -> str:
    """A cookie's name. On localhost the ports share theirs: each application has its own."""
    tag = sha256(key.encode()).hexdigest()[:8]
    return f"{purpose}_{tag}"


class Sites:
    """Typed sites, kept by version of their registration."""

    def __init__(self) -> None:
        self._kept: dict[str, Site] = {}

    def of(self, application: Application) -> Site:
        """The site of an application registered for this edge."""
        kept = self._kept.get(application.key)
        if kept is not None and kept.application is application:
            return kept
        site = read_site(application)
        self._kept[application.key] = site
        return site


def read_site(application: Application) -> Site:
    """Parse and check the settings; every fault at once."""
    settings = application.settings
    faults = [fault(f"headers.{name}", Unfit.UNKNOWN) for name in sorted(set(settings) - KNOWN)]
    origins = _origins(settings, faults)
    site = Site(
        application=application,
        origins=origins,
        names=_names(settings, faults),
        values=_text(settings, "values", "utf-8", faults),
        logout_path=_text(settings, "logout_path", LOGOUT, faults),
        logged_out=_text(settings, "logged_out", "", faults),
        sector=_sector(settings, origins, faults),
        signed_header=_text(settings, "signed_header", "", faults),
        signed_life=_life(settings, faults),
    )
    faults += _more_faults(site)
    if faults:
        raise BadRegistration(faults)
    return site


def check_site(application: Application) -> list[Fault]:
    """The faults of an application's settings, for the one who registers it."""
    try:
        read_site(application)
    except BadRegistration as wrong:
        return wrong.faults
    return []


def _origins(settings: Mapping[str, Any], faults: list[Fault]) -> tuple[str, ...]:
    given = settings.get("origins", [])
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        faults.append(fault("headers.origins", Unfitting.NO_ORIGIN))
        return ()
    faults += [
        fault("headers.origins", why, value=one) for one in given if (why := _origin_fault(one))
    ]
    return tuple(given)


def _origin_fault(origin: str) -> What | None:
    """Why this can't be an application's address, or nothing."""
    if not ORIGIN.fullmatch(origin):
        return Unfitting.ORIGIN
    if origin.endswith((":443", ":80")) and origin.partition(":")[0] in {"https", "http"}:
        return Unfitting.ORIGIN_PORT
    return address_fault(origin)


def _names(settings: Mapping[str, Any], faults: list[Fault]) -> tuple[tuple[str, str], ...]:
    given = settings.get("names", {})
    if not isinstance(given, Mapping) or not given:
        faults.append(fault("headers.names", Unfitting.NO_HEADER))
        return ()
    faults += [
        fault("headers.names", Unfit.ONE_OF, row=name, part="of", known=", ".join(READERS))
        for name, attribute in given.items()
        if not isinstance(attribute, str) or attribute not in READERS
    ]
    return tuple((name, str(attribute)) for name, attribute in given.items())


def _text(settings: Mapping[str, Any], name: str, usual: str, faults: list[Fault]) -> str:
    value = settings.get(name, usual)
    if isinstance(value, str):
        return value
    faults.append(fault(f"headers.{name}", Unfit.TEXT))
    return usual


def _life(settings: Mapping[str, Any], faults: list[Fault]) -> int:
    life = settings.get("signed_life", SIGNED_LIFE)
    if type(life) is int and 1 <= life <= LONGEST_SIGNED_LIFE:
        return life
    faults.append(fault("headers.signed_life", Unfitting.LIFE, most=LONGEST_SIGNED_LIFE))
    return SIGNED_LIFE


def _sector(settings: Mapping[str, Any], origins: tuple[str, ...], faults: list[Fault]) -> str:
    """The group of hosts that know a person by one subject."""
    sector = _text(settings, "sector", "", faults)
    hosts = {urlsplit(one).netloc for one in origins if not _origin_fault(one)}
    if not sector and len(hosts) > 1:
        faults.append(fault("headers.sector", Unfit.SEVERAL_HOSTS, where="origins"))
    return sector or "".join(sorted(hosts))


def _more_faults(site: Site) -> list[Fault]:
    faults = _name_faults(site)
    if site.values not in WRITERS:
        faults.append(fault("headers.values", Unfit.ONE_OF, known=", ".join(WRITERS)))
    if not PATH.fullmatch(site.logout_path) or site.logout_path == BACK:
        faults.append(fault("headers.logout_path", Unfitting.LOGOUT_PATH))
    if site.logged_out and not _leads_home(site):
        faults.append(fault("headers.logged_out", Unfitting.LEADS_AWAY))
    return faults


def _name_faults(site: Site) -> list[Fault]:
    """Of each header, the signed one included."""
    faults: list[Fault] = []
    known: set[str] = set()
    for number, name in enumerate([*(name for name, _ in site.names), site.signed_header]):
        is_signed = number == len(site.names)
        if is_signed and not name:
            break
        place, part = ("headers.signed_header", "") if is_signed else ("headers.names", "name")
        row = None if is_signed else number
        if not NAME.fullmatch(name) or TAKEN.fullmatch(name):
            faults.append(fault(place, Unfitting.HEADER_NAME, row=row, part=part, value=name))
        elif name.lower() in known:
            faults.append(fault(place, Unfit.NAMED_TWICE, row=row, part=part))
        known.add(name.lower())
    return faults


def _leads_home(site: Site) -> bool:
    """Whether people are at the application's own address after a logout."""
    # A line break would reach the Location header: urlsplit alone overlooks it.
    return not address_fault(site.logged_out) and origin_of(site.logged_out) in site.origins
