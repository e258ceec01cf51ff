# SPDX-License-Identifier: Apache-2.0
"""Rules between settings, each run when the settings it reads are themselves in order."""

import ipaddress
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from idp.config.checks import LOOPBACK
from idp.config.faults import Fault
from idp.config.sections import Settings
from idp.config.sources import Given, exposure

# OWASP Password Storage Cheat Sheet, Argon2id: memory in KiB and passes of equal strength.
OWASP_ARGON2ID = ((47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5))

SIX_MONTHS = 184 * 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it reads (the first is blamed), and what is wrong, or nothing."""

    reads: tuple[str, ...]
    check: Callable[[Settings], str]


def check_rules(
    settings: Settings, doubtful: Collection[str], given: Mapping[str, Given]
) -> Iterator[Fault]:
    """The rules that are broken."""
    for rule in RULES:
        if not any(name in doubtful for name in rule.reads) and (why := rule.check(settings)):
            origin = given.get(rule.reads[0])
            yield Fault(rule.reads[0], origin.source if origin else "default", why)


def check_trusted_hosts(settings: Settings) -> str:
    """Links lead to the issuer: it must be answered."""
    if settings.server.authority not in settings.server.hosts:
        return f"it lacks the issuer's own host; expected {settings.server.authority} among others"
    return ""


def check_demo_issuer(settings: Settings) -> str:
    """Everybody knows the demo's passwords."""
    if settings.demo.enabled and not settings.server.loopback:
        return "demo mode has known passwords; expected an issuer on localhost, or demo off"
    return ""


def check_demo_bind(settings: Settings) -> str:
    """A client chooses its Host header: a loopback issuer alone keeps nobody out."""
    bind = settings.server.bind
    local = bind == "localhost" or ipaddress.ip_address(bind).is_loopback
    if settings.demo.enabled and not local:
        return "demo mode has known passwords; expected server.bind on loopback, or demo off"
    return ""


def check_password_cost(settings: Settings) -> str:
    """A stolen hash must cost what OWASP asks for."""
    cost = settings.password
    strong = any(
        cost.memory_kib >= memory and cost.time_cost >= passes for memory, passes in OWASP_ARGON2ID
    )
    if strong or (cost.allow_weak and settings.demo.enabled):
        return ""
    least = ", ".join(f"{memory} with {passes}" for memory, passes in OWASP_ARGON2ID)
    return (
        f"{cost.memory_kib} KiB with time_cost {cost.time_cost} is weaker than OWASP's minimum; "
        f"expected at least one of: {least}"
    )


def check_password_memory(settings: Settings) -> str:
    """RFC 9106 §3.1: at least eight blocks a lane."""
    if settings.password.memory_kib < 8 * settings.password.parallelism:
        return "expected at least 8 KiB for each lane of password.parallelism"
    return ""


def check_allow_weak(settings: Settings) -> str:
    """The exception is made for demonstrations alone."""
    if settings.password.allow_weak and not settings.demo.enabled:
        return "true is only accepted in demo mode; expected false"
    return ""


def check_clock_file(settings: Settings) -> str:
    """What has expired must not live again by a file."""
    if settings.demo.clock_file and not settings.demo.enabled:
        return "the clock is only moved in demo mode; expected nothing, or demo.enabled"
    return ""


def check_locale(settings: Settings) -> str:
    """The default language must be offered."""
    if settings.locale.default not in settings.locale.available:
        return f"{settings.locale.default!r} is not in locale.available; expected one of them"
    return ""


def check_key_retirement(settings: Settings) -> str:
    """A key must outlive in publication what it signed."""
    longest = max(settings.tokens.access, settings.tokens.id_token)
    if settings.signing.keep_after < longest:
        return f"tokens signed last live for {longest} s; expected at least as much"
    return ""


def check_audit_keep(settings: Settings) -> str:
    """CSP: establishments keep traces of who opened health data for six months on end."""
    if 0 < settings.audit.keep < SIX_MONTHS:
        return f"traces of access are kept for six months; expected at least {SIX_MONTHS}, or 0"
    return ""


def check_database_file(settings: Settings) -> str:
    """WB-038: the file holds everything; SQLite's side files hold its newest pages."""
    url = make_url(settings.database.url)
    if url.drivername != "sqlite" or not url.database:
        return ""
    for suffix in ("", "-wal", "-shm"):
        path = Path(url.database + suffix)
        try:
            if why := exposure(path.stat()):
                return f"{path} {why}"
        except FileNotFoundError:
            continue
        except OSError as fault:
            return f"{path} can't be looked at: {fault.strerror}"
    return ""


def at_most(low: str, high: str) -> Rule:
    """`low` must not exceed `high`."""

    def check(settings: Settings) -> str:
        first, second = _number(settings, low), _number(settings, high)
        return "" if first <= second else f"{first} exceeds {high} ({second}); expected at most it"

    return Rule((low, high), check)


def _number(settings: Settings, name: str) -> int:
    section, _, field = name.partition(".")
    value: int = getattr(getattr(settings, section), field)
    return value


def check_smtp_sender(settings: Settings) -> str:
    """An e-mail comes from somebody."""
    if settings.smtp.host and not settings.smtp.sender:
        return "e-mails need an address to come from; expected smtp.sender as well"
    return ""


def check_smtp_security(settings: Settings) -> str:
    """Codes and links don't cross a network in clear."""
    smtp = settings.smtp
    if smtp.host and smtp.security == "none" and smtp.host not in LOOPBACK:
        return "without TLS only a server on this machine is used; expected starttls or tls"
    return ""


def check_sms_account(settings: Settings) -> str:
    """What the provider asks for."""
    sms = settings.sms
    if sms.provider == "none":
        return ""
    given = {"sms.account": sms.account, "sms.token": sms.token, "sms.sender": sms.sender}
    missing = [name for name, value in given.items() if not value]
    return f"expected {', '.join(missing)} as well" if missing else ""


def check_desk(settings: Settings) -> str:
    """Everybody's codes would lie in a folder."""
    if settings.demo.desk and not settings.demo.enabled:
        return "messages only go to a folder in demo mode; expected nothing, or demo.enabled"
    return ""


def check_card_port(settings: Settings) -> str:
    """Who asks for the certificate needs an address, and a certificate of its own."""
    cards = settings.cards
    if not cards.port:
        return ""
    given = {"cards.address": cards.address}
    if cards.proxy_header == "none":
        given |= {"cards.tls_certificate": cards.tls_certificate, "cards.tls_key": cards.tls_key}
    elif cards.tls_certificate or cards.tls_key:
        return "either a proxy asks or this server; expected cards.proxy_header or cards.tls_*"
    missing = [name for name, value in given.items() if not value]
    return f"expected {', '.join(missing)} as well" if missing else ""


def check_card_address(settings: Settings) -> str:
    """XC-026: on the main address everybody would be asked for a card."""
    address = settings.cards.address
    if address and address == settings.server.issuer:
        return "the card needs an address of its own; expected another host or port"
    return ""


def check_card_proxy(settings: Settings) -> str:
    """XC-020: whoever can reach the port could say that they hold any card."""
    cards = settings.cards
    if cards.proxy_header == "none":
        return ""
    given = {
        "cards.address": cards.address,
        "cards.proxy_secret": cards.proxy_secret,
        "server.trusted_proxies": settings.server.trusted_proxies,
    }
    missing = [name for name, value in given.items() if not value]
    return f"expected {', '.join(missing)} as well" if missing else ""


def check_psc(settings: Settings) -> str:
    """Whom to ask, and who we are there."""
    psc = settings.psc
    if psc.environment == "none":
        return ""
    given: dict[str, object] = {"psc.client_id": psc.client_id}
    if psc.environment == "other":
        given["psc.issuer"] = psc.issuer
    if not psc.client_secret:
        given |= {"psc.tls_certificate": psc.tls_certificate, "psc.tls_key": psc.tls_key}
    missing = [name for name, value in given.items() if not value]
    return f"expected {', '.join(missing)} as well" if missing else ""


def check_psc_place(settings: Settings) -> str:
    """The agency's own are known, and nobody else's are them."""
    psc = settings.psc
    if psc.environment != "other" and (psc.issuer or psc.description or psc.origins):
        return "psc.issuer, psc.description and psc.origins are given; expected other, or none"
    return ""


def check_ciba(settings: Settings) -> str:
    """Nobody's phone is reached without a provider."""
    missing = settings.psc.ciba and settings.psc.environment == "none"
    return "expected psc.environment as well" if missing else ""


def check_ciba_requests(settings: Settings) -> str:
    """Nobody's phone is asked by an application where people cannot log in by it."""
    missing = settings.psc.ciba_requests and not settings.psc.ciba
    return "expected psc.ciba as well" if missing else ""


RULES = (
    Rule(("server.trusted_hosts", "server.issuer"), check_trusted_hosts),
    Rule(("demo.enabled", "server.issuer"), check_demo_issuer),
    Rule(("demo.enabled", "server.bind"), check_demo_bind),
    Rule(
        ("password.memory_kib", "password.time_cost", "password.allow_weak", "demo.enabled"),
        check_password_cost,
    ),
    Rule(("password.memory_kib", "password.parallelism"), check_password_memory),
    Rule(("password.allow_weak", "demo.enabled"), check_allow_weak),
    Rule(("demo.clock_file", "demo.enabled"), check_clock_file),
    Rule(("locale.default", "locale.available"), check_locale),
    Rule(("signing.keep_after", "tokens.access", "tokens.id_token"), check_key_retirement),
    Rule(("audit.keep",), check_audit_keep),
    Rule(("database.url",), check_database_file),
    Rule(("smtp.host", "smtp.sender"), check_smtp_sender),
    Rule(("smtp.security", "smtp.host"), check_smtp_security),
    Rule(("sms.provider", "sms.account", "sms.token", "sms.sender"), check_sms_account),
    Rule(("demo.desk", "demo.enabled"), check_desk),
    Rule(
        (
            "cards.port",
            "cards.address",
            "cards.tls_certificate",
            "cards.tls_key",
            "cards.proxy_header",
        ),
        check_card_port,
    ),
    Rule(("cards.address", "server.issuer"), check_card_address),
    Rule(
        ("cards.proxy_header", "cards.address", "cards.proxy_secret", "server.trusted_proxies"),
        check_card_proxy,
    ),
    Rule(
        (
            "psc.environment",
            "psc.client_id",
            "psc.client_secret",
            "psc.issuer",
            "psc.tls_certificate",
            "psc.tls_key",
        ),
        check_psc,
    ),
    Rule(("psc.environment", "psc.issuer", "psc.description", "psc.origins"), check_psc_place),
    Rule(("psc.ciba", "psc.environment"), check_ciba),
    Rule(("psc.ciba_requests", "psc.ciba"), check_ciba_requests),
    at_most("cards.heartbeat", "cards.lost_after"),
    at_most("calculette.first_delay", "calculette.max_delay"),
    at_most("session.idle", "session.absolute"),
    at_most("session.touch", "session.idle"),
    at_most("journey.lifetime", "journey.keep"),
    at_most("tokens.refresh_idle", "tokens.refresh_absolute"),
    at_most("throttle.first_delay", "throttle.max_delay"),
    at_most("throttle.free_tries", "throttle.per_day"),
    at_most("throttle.stranger_free", "throttle.address_free"),
    at_most("throttle.address_free", "throttle.network_free"),
    at_most("throttle.per_day", "throttle.disable_after"),
    at_most("signing.publish_lead", "signing.rotate_after"),
)
