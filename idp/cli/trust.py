# SPDX-License-Identifier: Apache-2.0
"""`sceau trust`: authorities under which cards are believed, and their lists of revoked ones."""

import json
import re
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.cli.output import count, moment, say, table
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.db import Tx
from idp.trust import sources
from idp.trust.authorities import NotAdded
from idp.trust.authority import Authority, Role
from idp.trust.certificate import LONGEST_URL, NOT_READ, read
from idp.trust.lists import Held
from idp.trust.sources import Source

FAMILY = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
POLICY = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,15})){1,20}", re.ASCII)
ADDRESS = re.compile(r"https?://[\x21-\x7e]+", re.ASCII)
SHORT = 16
LARGEST_FILE = 1 << 20


@click.group("trust", cls=Group)
def trust() -> None:
    """Authorities under which cards are believed; none of the system's own."""


@trust.command("add")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--family",
    required=True,
    help="Your name for authorities of the same people; `applications`: of programs.",
)
@click.option("--crl", multiple=True, metavar="URL", help="Where its list is fetched; repeatable.")
@click.option("--ocsp", default="", metavar="URL", help="Where it answers about one certificate.")
@click.option("--policy", multiple=True, metavar="OID", help="What it issues must name one.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def add(
    file: Path, family: str, crl: tuple[str, ...], ocsp: str, policy: tuple[str, ...], *, yes: bool
) -> None:
    """Believe the authorities of a file: PEM, as many as there are in it, or DER.

    Those of the family `applications` vouch for applications that log in by certificate, and for no
    card. Give it again with --crl for an authority that is there already.
    """
    if not FAMILY.fullmatch(family):
        refuse("A family is a name of up to 32 small letters, digits and hyphens.")
    for url in (*crl, *([ocsp] if ocsp else [])):
        if not ADDRESS.fullmatch(url) or len(url) > LONGEST_URL:
            refuse(f"This is no http or https address: {url}")
    for one in policy:
        if not POLICY.fullmatch(one):
            refuse(f"This is no object identifier: {one}")
    found = _certificates(file)
    if len(found) > 1 and (crl or ocsp):
        refuse("The file holds several certificates: lists and responders are told of one.")
    _compare(found, ask=not yes)
    with installation() as place:
        for der in found:
            with place.core.database.write() as tx:
                say(_add(place, tx, der, family, crl, ocsp, policy))


def _add(
    place: Place,
    tx: Tx,
    der: bytes,
    family: str,
    crl: tuple[str, ...],
    ocsp: str,
    policy: tuple[str, ...],
) -> str:
    verbs = place.core.trust.authorities
    there = {one.certificate.der: one for one in verbs.all(tx)}
    if (before := there.get(der)) and crl:
        sources.name(tx, before.key_id, crl)
        return f"{before.subject}: {count(len(crl), 'list')}"
    made = verbs.add(tx, der, family, place.origin, policies=policy, responder=ocsp)
    if isinstance(made, NotAdded):
        refuse(f"Not added: {made.why}.")
    sources.name(tx, made.key_id, crl)
    return f"{made.role.value} of {family}: {made.subject}"


def _certificates(file: Path) -> list[bytes]:
    if file.stat().st_size > LARGEST_FILE:
        refuse("The file is too large for certificates.")
    body = file.read_bytes()
    if b"-----BEGIN CERTIFICATE-----" not in body:
        return [body]
    try:
        found = x509.load_pem_x509_certificates(body)
    except NOT_READ:
        refuse("The file holds something that is no certificate as it should be.")
    return [one.public_bytes(Encoding.DER) for one in found]


def _compare(found: list[bytes], *, ask: bool) -> None:
    """Whoever adds an authority compares its print with what its owner publishes."""
    for der in found:
        certificate = read(der)
        if certificate is None:
            refuse("The file holds something that is no certificate as it should be.")
        say(certificate.subject.rfc4514_string(), f"  SHA-256 {certificate.fingerprint}")
    if ask:
        click.confirm("Believe what they sign?", abort=True)


@trust.command("remove")
@click.argument("fingerprint")
def remove(fingerprint: str) -> None:
    """Believe an authority no more. FINGERPRINT as `show` prints it, or its beginning.

    Sessions that its cards have opened end.
    """
    # Here, so that the command line need not load the flow for `--help`.
    from idp.login import lost_authorities

    with installation() as place, place.core.database.write() as tx:
        core = place.core
        known = core.trust.authorities.all(tx)
        wanted = fingerprint.lower().replace(":", "")
        found = [one for one in known if one.certificate.fingerprint.startswith(wanted)]
        if len(found) != 1:
            refuse("No authority begins so." if not found else "Several authorities begin so.")
        [one] = found
        ended = lost_authorities.remove(tx, core.trust, core.elsewhere, one, place.origin)
    say(f"removed: {one.subject}")
    if ended:
        say(f"{count(len(ended), 'session')} ended")


@trust.command("show")
@click.option("--json", "for_machines", is_flag=True, help="For machines.")
def show(for_machines: bool) -> None:  # noqa: FBT001 - click's way
    """Authorities, and the lists that we have of them."""
    with installation() as place, place.core.database.read() as tx:
        known = place.core.trust.authorities.all(tx)
        state = place.core.trust.state(tx)
    if for_machines:
        say(json.dumps({"authorities": _facts(known), "lists": _list_facts(state)}, indent=2))
        return
    if not known:
        say("No authority: no card is believed. See `sceau trust add`.")
        return
    head = ("FINGERPRINT", "FAMILY", "ROLE", "VALID UNTIL", "SUBJECT")
    say(table(head, (_line(one) for one in known)))
    if state:
        lists = ("LIST", "ISSUED", "NEXT", "REVOKED", "LAST FETCHED", "FAULT")
        say("", table(lists, (_list_line(source, held) for source, held in state)))


def _facts(known: list[Authority]) -> list[dict[str, object]]:
    return [
        {
            "fingerprint": one.certificate.fingerprint,
            "family": one.family,
            "role": one.role.value,
            "valid_until": one.certificate.valid_until,
            "subject": one.subject,
        }
        for one in known
    ]


def _list_facts(state: list[tuple[Source, Held | None]]) -> list[dict[str, object]]:
    return [
        {
            "url": source.url,
            "authority": source.authority,
            "revoked": held.entries if held else None,
            "fetched_at": source.good_at or None,
            "fault": source.fault,
        }
        for source, held in state
    ]


def _line(one: Authority) -> tuple[object, ...]:
    certificate = one.certificate
    until = moment(certificate.valid_until)
    return certificate.fingerprint[:SHORT], one.family, one.role.value, until, one.subject


def _list_line(source: Source, held: Held | None) -> tuple[object, ...]:
    fetched = moment(source.good_at) if source.good_at else "never"
    if held is None:
        return source.url, "", "", "", fetched, source.fault
    one = held.list
    told = f"{held.entries}" if one.base is None else f"{held.entries} since {one.base}"
    return source.url, moment(one.issued_at), moment(one.next_at), told, fetched, source.fault


@trust.command("refresh")
def refresh() -> None:
    """Fetch every list now, and follow what it says of the cards bound here."""
    # Here, so that the command line need not load the flow for `--help`.
    from idp.login.revoked_cards import RevokedCards

    with installation() as place:
        core = place.core
        outcomes = core.trust.refresh.due(everything=True)
        ended = RevokedCards(core.database, core.cards, core.elsewhere, core.trust).sweep()
        roots = [one for one in _known(place) if one.role is Role.ROOT]
    for one in outcomes:
        told = one.fault or f"{count(one.entries, 'certificate')} revoked"
        say(f"{'failed' if one.fault else 'ok':<7} {one.source.url}  {told}")
    if ended:
        say(f"{count(ended, 'card')} revoked here, too.")
    if not outcomes:
        say("No list is known yet." if roots else "No authority: see `sceau trust add`.")
    faults = sum(bool(one.fault) for one in outcomes)
    if faults:
        refuse(f"{count(faults, 'list')} could not be fetched.")


def _known(place: Place) -> list[Authority]:
    with place.core.database.read() as tx:
        return place.core.trust.authorities.all(tx)
