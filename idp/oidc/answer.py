# SPDX-License-Identifier: Apache-2.0
"""One function mints the answer: success or error, by query, fragment or form, always with `iss`.

Signed where that is asked for (JARM), and then nothing of it lies beside the signature; encrypted,
too, where an application is registered so.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from idp.audit.record import Audit, Event
from idp.clock import Clock
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.codes import Codes
from idp.http.addresses import origin_of
from idp.keys.sign import sign
from idp.keys.store import KeyStore
from idp.launches.waiting import Launches
from idp.login.answers import Handover
from idp.login.flow import Refusal
from idp.login.request import LoginRequest
from idp.oidc.lasting import lasting_by
from idp.oidc.recipients import encrypt_to
from idp.oidc.repeats import Repeats
from idp.oidc.response_types import SIGNED
from idp.oidc.session_frame import Watched
from idp.oidc.ways import USED_UP
from idp.origin import Origin

# OIDC Core §3.1.2.6; the last by "Unmet Authentication Requirements".
ERRORS = {
    Refusal.LOGIN_REQUIRED: "login_required",
    Refusal.INTERACTION_REQUIRED: "interaction_required",
    Refusal.CONSENT_REQUIRED: "consent_required",
    Refusal.OTHER_PERSON: "login_required",
    Refusal.LEVEL_UNREACHABLE: "unmet_authentication_requirements",
    Refusal.CANCELLED: "access_denied",
    Refusal.CONSENT_REFUSED: "access_denied",
    Refusal.ACCOUNT_CLOSED: "access_denied",
    Refusal.POPULATION: "access_denied",
    Refusal.COMMUNITY: "access_denied",
    Refusal.HIDDEN: "access_denied",
    Refusal.NO_ACTIVITY: "access_denied",
    Refusal.ACTIVITY_REQUIRED: "interaction_required",
}


# What the answer holds beside a code, or in its place (`idp.oidc.front`).
InFront = Callable[[Tx, Admission, Mapping[str, Any], str, Origin], Mapping[str, str]]
SIGNED_LIFE = 120
# RFC 8725 §3.11: it passes for no token of ours.
SIGNED_HEADER = {"typ": "oauth-authz-resp+jwt"}
# Whether what a request leads to once was not given before.
UseUp = Callable[[Tx, Mapping[str, Any]], bool]


class Answers:
    """Mints the authorization response."""

    def __init__(self, issuer: str, keys: KeyStore, clock: Clock) -> None:
        self._issuer = issuer
        self._keys = keys
        self._clock = clock

    def mint(self, payload: Mapping[str, Any], parameters: Mapping[str, str]) -> Handover:
        """Where the browser goes with these parameters."""
        fields = dict(parameters)
        if payload["state"]:
            fields["state"] = payload["state"]
        # RFC 9207 §2: in success and error alike (OA-009).
        fields["iss"] = self._issuer
        uri: str = payload["uri"]
        if "signed" in payload:
            signed = self._sign(payload["signed"], fields)
            to = payload["signed"].get("to")
            fields = {"response": signed if to is None else encrypt_to(to, signed)}
        mode = payload["mode"].removesuffix(SIGNED)
        if mode == "form_post":
            return Handover(uri, fields)
        if mode == "fragment":
            return Handover(f"{uri}#{urlencode(fields)}")
        return Handover(f"{uri}{'&' if '?' in uri else '?'}{urlencode(fields)}")

    def _sign(self, by: Mapping[str, Any], fields: Mapping[str, str]) -> str:
        """JARM §2.1."""
        claims = {**fields, "aud": by["aud"], "exp": self._clock.now() + SIGNED_LIFE}
        return sign(self._keys.signer(by["alg"]), SIGNED_HEADER, claims)

    def error(self, payload: Mapping[str, Any], code: str, hint: str = "") -> Handover:
        """An error for the application."""
        described = {"error_description": allowed(hint)} if hint else {}
        return self.mint(payload, {"error": code} | described)


class OidcResponder:
    """How a login ends for an OpenID Connect application (`login.answers.Responder`)."""

    def __init__(
        self,
        answers: Answers,
        codes: Codes,
        audit: Audit,
        launches: Launches,
        grant_life: int,
        in_front: InFront,
        use_up: UseUp,
        watched: Watched,
    ) -> None:
        self._watched = watched
        self._in_front = in_front
        self._use_up = use_up
        self._launches = launches
        self._answers = answers
        self._codes = codes
        self._audit = audit
        self._grant_life = grant_life
        self._repeats = Repeats()

    def admitted(
        self, tx: Tx, request: LoginRequest, admission: Admission, origin: Origin
    ) -> Handover:
        """A code for the application; or more, for one that is registered so."""
        payload = request.payload
        if USED_UP in payload:
            if not self._use_up(tx, payload[USED_UP]):
                # OA-094: of two logins that one request led to, the first has its code.
                self._note_repeated(tx, admission, "request", origin)
                return self._answers.error(payload, "invalid_request_uri", "it was used before")
            payload = {name: value for name, value in payload.items() if name != USED_UP}
        payload = self._launched(tx, payload, admission, origin)
        life, payload = lasting_by(admission, request.lasting, payload)
        scope = tuple(payload["scope"])
        usual = self._grant_life
        code = self._codes.give(
            tx, admission, scope, payload, life or usual, origin, lasting=bool(life)
        )
        repeated = self._repeats.note(admission.application.key, payload)
        if repeated:
            self._note_repeated(tx, admission, " ".join(repeated), origin)
        fields: Mapping[str, str] = {"code": code}
        if "type" in payload:
            fields = self._in_front(tx, admission, payload, code, origin)
        if "watched" not in payload:
            return self._answers.mint(payload, fields)
        key, session = admission.application.key, admission.session
        state = self._watched.state(key, payload["uri"], session)
        answer = self._answers.mint(payload, {**fields, "session_state": state})
        return replace(answer, headers=(self._watched.header(session),))

    def _note_repeated(self, tx: Tx, admission: Admission, what: str, origin: Origin) -> None:
        event = Event(
            "request.repeated",
            "flagged",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            detail={"what": what},
        )
        self._audit.record(tx, event, origin)

    def _launched(
        self, tx: Tx, payload: Mapping[str, Any], admission: Admission, origin: Origin
    ) -> Mapping[str, Any]:
        """The payload with the launch that its handle leads to, once and for this session alone.

        Whoever brings another's handle is let in as themselves, and told of nobody's file.
        """
        if "launch" not in payload:
            return payload
        key, account, session = admission.application.key, admission.account, admission.session
        launch = self._launches.redeem(tx, payload["launch"], key, account, session)
        kept = {name: value for name, value in payload.items() if name != "launch"}
        if launch is not None:
            return kept | {"launched": launch}
        event = Event(
            "launch.refused",
            "refused",
            account=account,
            application=key,
            session=session,
            detail={"why": "handle"},
        )
        self._audit.record(tx, event, origin)
        return kept

    def refused(self, request: LoginRequest, refusal: Refusal) -> Handover | None:
        """The error that fits; none where the application itself is closed."""
        code = ERRORS.get(refusal)
        if code is None:
            return None
        return self._answers.error(request.payload, code)

    def origins(self, request: LoginRequest) -> tuple[str, ...]:
        """The site that the answer goes to."""
        return (origin_of(request.payload["uri"]),)


def allowed(hint: str) -> str:
    """RFC 6749 §4.1.2.1: printable ASCII without quotes and backslashes."""
    return "".join(one if " " <= one <= "~" and one not in '"\\' else "?" for one in hint)
