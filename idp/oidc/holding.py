# SPDX-License-Identifier: Apache-2.0
"""What the sender of a request proves to hold: a key by a proof of RFC 9449, each accepted once,
or the certificate of the connection (RFC 8705).

Asked by every endpoint that gives tokens or takes them, and never in a transaction: what was used
is noted in one of its own.
"""

import hmac
from typing import Final

from idp.applications.values import Application
from idp.clock import Clock
from idp.credentials import used_once
from idp.http.bearer import LONGEST_TOKEN, Shown, Unproved, from_header
from idp.http.services import Core
from idp.http.wire import Call
from idp.lookup import Lookup
from idp.oidc.binding import CERTIFICATE, KEY, UNBOUND, Binding, kept
from idp.oidc.client import Client, Clients
from idp.oidc.client_tls import ClientCertificates
from idp.oidc.proof import FUTURE, PAST, Proof, fault_of, read_proof

SCHEME: Final = "dpop "
MISSING: Final = "invalid_request"
# A value of ours is good for one turn to two, and a neighbour's clock may be ahead.
TURN: Final = 120
TURNS: Final = (0, -1, 1)


class Nonces:
    """Values of ours for proofs: the same on every node and after a restart, stored nowhere."""

    def __init__(self, clock: Clock, lookup: Lookup) -> None:
        self._clock = clock
        self._lookup = lookup

    def current(self) -> str:
        """The one of this turn."""
        return self._of(self._clock.now() // TURN)

    def holds(self, nonce: object) -> bool:
        """Whether it is one of these minutes."""
        if not isinstance(nonce, str) or not nonce.isascii():
            return False
        turn = self._clock.now() // TURN
        return any(hmac.compare_digest(nonce, self._of(turn + one)) for one in TURNS)

    def _of(self, turn: int) -> str:
        return self._lookup.text("dpop-nonce", str(turn))


class Holding:
    """Reads it; fills `idp.http.bearer.ShownReader`."""

    def __init__(self, core: Core, clients: Clients, certificates: ClientCertificates) -> None:
        self._core = core
        self._clients = clients
        self._certificates = certificates
        self.nonces = Nonces(core.clock, core.lookup)
        settings = core.settings
        # A request may be for the address that asks for certificates.
        self._bases = tuple(filter(None, (settings.server.issuer, settings.cards.for_applications)))

    def of_client(self, call: Call, client: Client) -> Binding | Unproved:
        """What the tokens of this request are going to be bound to."""
        if call.header("DPoP"):
            if client.bound.to_certificate:
                return Unproved("invalid_dpop_proof", "its tokens are bound to its certificate")
            return self._by_proof(call, client)
        if client.bound.to_key:
            # RFC 6749 §5.2: nothing that came is wrong; something did not come.
            return Unproved(MISSING, "a proof is needed in the header DPoP")
        if client.bound.to_certificate:
            thumbprint = self._certificates.thumbprint(call)
            hint = "a certificate is needed at an address of mtls_endpoint_aliases"
            return Binding(CERTIFICATE, thumbprint) if thumbprint else Unproved(MISSING, hint)
        return UNBOUND

    def _by_proof(self, call: Call, client: Client) -> Binding | Unproved:
        proof = self._proof(call, nonce_needed=client.bound.nonce)
        return proof if isinstance(proof, Unproved) else Binding(KEY, proof.thumbprint)

    def named(self, call: Call, client: Client, asked: str) -> str | Unproved:
        """The key that a pushed request names, by a proof or by its thumbprint; or nothing."""
        if not call.header("DPoP"):
            return asked
        proof = self._proof(call, nonce_needed=client.bound.nonce)
        if isinstance(proof, Unproved) or asked in {"", proof.thumbprint}:
            return proof if isinstance(proof, Unproved) else proof.thumbprint
        return Unproved("invalid_dpop_proof", "dpop_jkt names another key")

    def shown(self, call: Call) -> Shown | Unproved:
        """The access token of the header, with what is proved beside it."""
        header = call.header("Authorization")
        if header[: len(SCHEME)].lower() != SCHEME:
            thumbprint = self._certificates.thumbprint(call)
            held = str(Binding(CERTIFICATE, thumbprint)) if thumbprint else ""
            return Shown(from_header(header), held)
        token = header[len(SCHEME) :].strip()
        if not token or len(token) > LONGEST_TOKEN:
            return Shown(token, by_proof=True)
        proof = self._proof(call, token)
        if isinstance(proof, Unproved):
            return proof
        held = str(Binding(KEY, proof.thumbprint))
        return Shown(token, held, by_proof=True, is_fresh="nonce" in proof.claims)

    def misuse(self, shown: Shown, bound_to: str, application: Application) -> Unproved | None:
        """OA-060, OA-116: hands that hold nothing of it, or a proof without our value."""
        if not shown.may_use(bound_to):
            hint = "the access token is for whoever holds its key or certificate"
            return Unproved("invalid_token", hint, by_proof=kept(bound_to).kind == KEY)
        if shown.by_proof and not shown.is_fresh and self.newest_nonce(application):
            return self.ask_nonce()
        return None

    def newest_nonce(self, application: Application) -> str:
        """RFC 9449 §8.2."""
        return self.nonces.current() if self._clients.of(application).bound.nonce else ""

    def _proof(
        self, call: Call, token: str = "", *, nonce_needed: bool = False
    ) -> Proof | Unproved:
        """RFC 9449 §4.3: everything, and at last that it was never seen before."""
        proof = read_proof(call.header("DPoP"))
        if isinstance(proof, str):
            return Unproved("invalid_dpop_proof", proof)
        now = self._core.clock.now()
        if why := fault_of(proof, call.method, call.path, self._bases, token, now):
            return Unproved("invalid_dpop_proof", why)
        nonce = proof.claims.get("nonce")
        if (nonce_needed or "nonce" in proof.claims) and not self.nonces.holds(nonce):
            return self.ask_nonce()
        # OA-115: remembered past the last moment at which it would still be accepted.
        hashed = self._core.lookup.hash(f"{proof.thumbprint}|{proof.id}")
        until = proof.claims["iat"] + PAST + 2 * FUTURE
        with self._core.database.write() as tx:
            is_first = used_once.claim(tx, "dpop_proof", hashed, until)
        return proof if is_first else Unproved("invalid_dpop_proof", "jti was used before")

    def ask_nonce(self) -> Unproved:
        """RFC 9449 §8: once more, with this in it."""
        hint = "the proof must carry the nonce of the header DPoP-Nonce"
        return Unproved("use_dpop_nonce", hint, self.nonces.current())
