# SPDX-License-Identifier: Apache-2.0
"""Whom this server believes when a card comes: authorities and their lists."""

import base64
import re
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.administration.authority import Authority, Denied
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Facts, Proposals
from idp.administration.rights import Right
from idp.audit.record import Audit
from idp.db import Tx
from idp.login import lost_authorities
from idp.login.elsewhere import Elsewhere
from idp.trust import sources
from idp.trust.authorities import NotAdded
from idp.trust.authority import Authority as Believed
from idp.trust.certificate import LONGEST_URL, NOT_READ, Certificate, read
from idp.trust.lists import Held
from idp.trust.service import Trust
from idp.trust.sources import Source

FAMILY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
ADDRESS: Final = re.compile(r"https?://[\x21-\x7e]+", re.ASCII)
LONGEST_PEM: Final = 65_536


@dataclass(frozen=True, slots=True)
class Store:
    """The authorities, and each place of a list with what we have of it."""

    authorities: list[Believed]
    lists: list[tuple[Source, Held | None]]


@dataclass(frozen=True, slots=True)
class Offered:
    """An authority that somebody wants to be believed, as they typed it."""

    pem: str
    family: str
    lists: tuple[str, ...] = ()
    responder: str = ""


class TrustDesk:
    """The verbs; each takes the caller's transaction and authority."""

    def __init__(
        self, audit: Audit, trust: Trust, elsewhere: Elsewhere, proposals: Proposals
    ) -> None:
        self._audit = audit
        self._trust = trust
        self._elsewhere = elsewhere
        self._proposals = proposals
        proposals.carries("trust.add", Right.TRUST_EDIT, self._add_agreed)
        proposals.carries("trust.remove", Right.TRUST_EDIT, self._remove_agreed)

    def store(self, tx: Tx, authority: Authority) -> Denied | Store:
        """All of it."""
        if denied := authority.refuses(Right.TRUST_SEE):
            return denied
        return Store(self._trust.authorities.all(tx), self._trust.state(tx))

    def look(self, authority: Authority, offered: Offered) -> Denied | Unfit | Certificate:
        """What is in a certificate, before anybody believes it: to be compared with its owner's."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        return _read(offered)

    def add(self, tx: Tx, authority: Authority, offered: Offered) -> Denied | Unfit | Believed:
        """Believe what it has signed from now on."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        certificate = _read(offered)
        if isinstance(certificate, Unfit):
            return certificate
        there = {one.certificate.fingerprint for one in self._trust.authorities.all(tx)}
        if certificate.fingerprint in there:
            return Unfit("there-already", ("pem",))
        if self._proposals.asks(authority, Right.TRUST_EDIT):
            facts = {
                "certificate": base64.b64encode(certificate.der).decode(),
                "subject": certificate.subject.rfc4514_string()[:512],
                "fingerprint": certificate.fingerprint,
                "family": offered.family,
                "lists": " ".join(offered.lists),
                "responder": offered.responder,
            }
            return self._proposals.put(tx, authority, "trust.add", facts)
        made = self._trust.authorities.add(
            tx,
            certificate.der,
            offered.family,
            authority.origin,
            responder=offered.responder,
        )
        if isinstance(made, NotAdded):
            return Unfit(made.why, ("pem",))
        sources.name(tx, made.key_id, offered.lists)
        return made

    def remove(self, tx: Tx, authority: Authority, fingerprint: str) -> Denied | int:
        """Believe it no more; how many sessions ended with it."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        found = [
            one
            for one in self._trust.authorities.all(tx)
            if one.certificate.fingerprint == fingerprint
        ]
        if not found:
            return Denied.NOT_FOUND
        if self._proposals.asks(authority, Right.TRUST_EDIT):
            facts = {"fingerprint": fingerprint, "subject": found[0].subject}
            return self._proposals.put(tx, authority, "trust.remove", facts)
        origin = authority.origin
        ended = lost_authorities.remove(tx, self._trust, self._elsewhere, found[0], origin)
        return len(ended)

    def refresh(self, authority: Authority) -> Denied | tuple[int, int]:
        """Fetch every list now, outside of any transaction: how many, and how many failed."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        outcomes = self._trust.refresh.due(everything=True)
        return len(outcomes), sum(bool(one.fault) for one in outcomes)

    def _add_agreed(self, tx: Tx, authority: Authority, facts: Facts) -> Any:
        der = base64.b64decode(str(facts["certificate"]))
        pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()
        lists = tuple(str(facts["lists"]).split())
        offered = Offered(pem, str(facts["family"]), lists, str(facts["responder"]))
        return self.add(tx, authority, offered)

    def _remove_agreed(self, tx: Tx, authority: Authority, facts: Facts) -> Any:
        return self.remove(tx, authority, str(facts["fingerprint"]))


def _read(offered: Offered) -> Unfit | Certificate:
    if not FAMILY.fullmatch(offered.family):
        return Unfit("family", ("family",))
    for field, addresses in (("lists", offered.lists), ("responder", (offered.responder,))):
        for url in addresses:
            if url and (not ADDRESS.fullmatch(url) or len(url) > LONGEST_URL):
                return Unfit("address", (field,))
    if len(offered.pem) > LONGEST_PEM:
        return Unfit("unreadable", ("pem",))
    try:
        found = x509.load_pem_x509_certificates(offered.pem.encode())
    except NOT_READ:
        return Unfit("unreadable", ("pem",))
    if len(found) != 1:
        return Unfit("several", ("pem",))
    certificate = read(found[0].public_bytes(Encoding.DER))
    return certificate or Unfit("unreadable", ("pem",))
