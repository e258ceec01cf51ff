# SPDX-License-Identifier: Apache-2.0
"""Sceau's API, called in the name of the portal's consent desk (client credentials)."""

import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from authlib.integrations.base_client import OAuthError
from requests import Response, Session

from imaging_app.enrolling.values import Account, Known, NewAccount, Refused, Trouble
from relying_parties.kit.client import read_tokens
from relying_parties.kit.client_auth import choose_method
from relying_parties.kit.discovery import Discovery
from relying_parties.kit.outcome import ProviderUnreachable
from relying_parties.kit.outgoing import Outgoing, breakdowns
from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.store import Tokens
from relying_parties.kit.strict_json import parse_object

SCOPE: Final = "sceau.patients.write"
URN: Final = "urn:sceau:problem:"
# A token that ends in a moment may end on the way.
EARLY: Final = 30
TAKEN: Final = {"identity": Trouble.IDENTITY, "names": Trouble.NAMES}
UNAUTHENTICATED: Final = 401
log = logging.getLogger(__name__)
Document = Mapping[str, Any]


class SceauAccounts:
    """Fills `Accounts`; safe for many threads."""

    def __init__(
        self,
        provider: Provider,
        client_id: str,
        client_secret: str,
        now: Callable[[], int],
        limits: Limits | None = None,
    ) -> None:
        limits = limits or Limits()
        self._provider = replace(provider, client_id=client_id, client_secret=client_secret)
        self._outgoing = Outgoing(self._provider, limits)
        self._discovery = Discovery(self._provider, self._outgoing, limits, time.monotonic)
        self._auth = choose_method(self._provider, now, lambda: secrets.token_hex(16))
        self._now = now
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None

    def make(self, establishment: str, new: NewAccount, once: str) -> Account | Refused:
        """An account for somebody who has none; asked again by the same form, the same one."""
        told = {name: value for name, value in asdict(new).items() if value != ""}
        return self._post("/patients", {"establishment": establishment, **told}, once)

    def find(self, establishment: str, identifier: str, known: Known) -> Account | Refused:
        """That of somebody who shows who they are."""
        shown = {"identifier": identifier, **asdict(known)}
        return self._post("/patients/consents", {"establishment": establishment, **shown})

    def _post(self, path: str, body: Document, once: str = "") -> Account | Refused:
        try:
            answer = self._send(path, body, once)
        except ProviderUnreachable as fault:
            log.warning("%s: %s", path, fault)
            return Refused(Trouble.AWAY)
        document = parse_object(answer.content) or {}
        # A consent that stands there already tells the account all the same.
        stands = document.get("type") == f"{URN}conflict" and document.get("detail") == "stands"
        told = {"identifier": body.get("identifier"), "known": True, **document}
        account = _account(told if stands else document) if answer.ok or stands else None
        return account or _refused(answer, document)

    def _send(self, path: str, body: Document, once: str) -> Response:
        """Once more with another token where it takes this one no more."""
        answer = self._call(path, body, once, self._token())
        if answer.status_code == UNAUTHENTICATED:
            with self._lock:
                self._tokens = None
            answer = self._call(path, body, once, self._token())
        return answer

    def _call(self, path: str, body: Document, once: str, token: str) -> Response:
        content = json.dumps(body, sort_keys=True).encode()
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        if once:
            # An answer that is lost on the way makes no second account; what is asked by another
            # form, or told otherwise, is asked anew.
            digest = hashlib.sha256(f"{once}|{path}|".encode() + content)
            headers["Idempotency-Key"] = digest.hexdigest()[:40]
        url = f"{self._provider.issuer.removesuffix('/')}/api/v1{path}"
        with breakdowns(), self._outgoing.guard(Session()) as session:
            return session.post(url, data=content, headers=headers, allow_redirects=False)

    def _token(self) -> str:
        with self._lock:
            if self._tokens is None or self._tokens.expires <= self._now() + EARLY:
                self._tokens = self._ask()
            return self._tokens.access_token

    def _ask(self) -> Tokens:
        session = self._outgoing.oauth2(SCOPE)
        url = self._discovery.metadata().token_endpoint
        try:
            with breakdowns():
                answer = session.fetch_token(
                    url, grant_type="client_credentials", auth=session.client_auth(self._auth)
                )
        except OAuthError as fault:
            raise ProviderUnreachable(f"token endpoint: {fault.error!r:.80}") from fault
        except (ValueError, TypeError, ArithmeticError) as fault:
            raise ProviderUnreachable("token endpoint: unreadable answer") from fault
        tokens = read_tokens(answer, self._now())
        if not isinstance(tokens, Tokens):
            raise ProviderUnreachable("token endpoint: not a token")
        return tokens


def _account(document: Document) -> Account | None:
    """What it told, as far as it is what is described."""
    texts = [document.get(name) for name in ("subject", "identifier", "account")]
    if not all(isinstance(one, str) and one and one.isprintable() for one in texts):
        return None
    subject, identifier, account = map(str, texts)
    return Account(subject, identifier, account, document.get("known") is True)


def _refused(answer: Response, document: Document) -> Refused:
    """A problem (RFC 9457) as a value; what is none is a breakdown."""
    name = str(document.get("type", "")).removeprefix(URN)
    detail = str(document.get("detail", ""))
    log.info("refused: HTTP %s %s", answer.status_code, name)
    match name:
        case "taken":
            return Refused(TAKEN.get(detail.rpartition(" ")[2], Trouble.ADDRESS))
        case "unfit" | "invalid":
            return _unfit(document, detail)
        case "too-many":
            return Refused(Trouble.TOO_MANY)
        case "not-allowed" | "missing-scope" | "not-found":
            return Refused(Trouble.NOT_ALLOWED)
    return Refused(Trouble.AWAY)


def _unfit(document: Document, detail: str) -> Refused:
    # Closed for good, it opens nothing to anybody.
    if detail in {"no-match", "closed"}:
        return Refused(Trouble.NO_MATCH)
    told = document.get("errors")
    errors = told if isinstance(told, list) else []
    pointers = [str(one.get("pointer", "")) for one in errors if isinstance(one, dict)]
    return Refused(Trouble.UNFIT, tuple(sorted(one.removeprefix("#/") for one in pointers)))
