# SPDX-License-Identifier: Apache-2.0
"""Applications that register themselves (RFC 7591), and change or end that (RFC 7592)."""

from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import Any, Final

from idp.administration.rules.applications import Faulty
from idp.administration.rules.joining import Joined, Joining, Owned
from idp.applications.logos import Logo
from idp.applications.pictures import drawn_anew
from idp.applications.seen import NOBODY
from idp.applications.terms import Terms
from idp.applications.values import Application
from idp.config.oidc import OPEN
from idp.credentials import throttle
from idp.credentials.throttle import Limits, Verdict
from idp.http.bearer import from_header, www_authenticate
from idp.http.services import Core
from idp.http.wire import NO_STORE, Answer, Call, Headers, Reply, json_reply, not_allowed
from idp.oidc.claims import SCOPES
from idp.oidc.client import AUTH_METHODS
from idp.oidc.client_metadata import (
    BAD,
    OF_THE_ANSWER,
    Known,
    as_document,
    narrowed,
    outside,
    read_object,
    refusal,
    told,
)
from idp.oidc.discovery import REGISTRATION
from idp.oidc.errors import OAuthError
from idp.oidc.response_types import TYPES
from idp.oidc.sectors import sector_fault
from idp.oidc.software import SoftwareStatements
from idp.outgoing import Fetched
from idp.outgoing.target import may_be_reached

MINUTE: Final = 60
DAY: Final = 86_400
TOO_MANY: Final = 429
UNAVAILABLE: Final = 503
# By whoever holds an invitation or a token of their own, from one address in a minute.
MOST_INVITED: Final = 60
NEVER: Final = 1_000_000_000
# Of a network, for each address of it.
NETWORK: Final = 5
LONGEST_KEY: Final = 128
# Of those that have us fetch something: each holds a thread for as long as that takes.
MOST_FETCHING: Final = 4
# As sites have them; what is kept of it is small.
LARGEST_LOGO: Final = 524_288
FULL = OAuthError("temporarily_unavailable", "too many registrations from this address")
BUSY = OAuthError("temporarily_unavailable", "too many registrations at once: try again")
OVERTAKEN = OAuthError("temporarily_unavailable", "somebody else is changing it: try again")


def open_terms(core: Core) -> Terms:
    """Of whoever comes, where registration is open to all: nobody looked at it, so people do."""
    return Terms(
        scopes=SCOPES,
        grants=("authorization_code", "refresh_token", "implicit"),
        answers=TYPES,
        methods=AUTH_METHODS,
        approved=False,
        excused=core.settings.oidc.open_without_pkce,
        public=True,
        policy={"means": ["password", "totp", "passkey"], "level": 1, "consent": True},
    )


class SelfRegistration:
    """POST /oidc/register; GET, PUT and DELETE below it."""

    def __init__(self, core: Core, joining: Joining) -> None:
        self._core = core
        self._joining = joining
        self._fetching = BoundedSemaphore(MOST_FETCHING)
        self._issuer = core.settings.server.issuer
        self._is_open = core.settings.oidc.registration == OPEN
        path = core.settings.oidc.statement_issuers
        self._statements = SoftwareStatements.from_file(core.clock, path)

    def __call__(self, call: Call) -> Answer:
        """RFC 7591 §3: register one."""
        if call.method != "POST":
            return not_allowed("POST")
        token = from_header(call.header("Authorization"))
        terms = self._terms(call, token)
        if terms is None:
            return _unauthorized(shown=bool(call.header("Authorization")))
        # Before anything is fetched for whoever comes.
        if not self._counted(call.origin.address, is_invited=bool(token)):
            return self._refused(FULL, TOO_MANY)
        metadata = self._metadata(call)
        if isinstance(metadata, OAuthError):
            return self._refused(metadata)
        found = self._registration(metadata, self._joining.new_key(), terms)
        if isinstance(found, OAuthError):
            return self._refused(found)
        document, logo = found
        with self._core.database.write() as tx:
            joined = self._joining.join(tx, document, token, terms, call.origin)
            if joined is not None:
                self._joining.put_logo(tx, joined.application.key, logo)
        if joined is None:
            # Somebody else took the last place meanwhile.
            return _unauthorized(shown=True)
        return json_reply(self._told(joined), 201)

    def one(self, call: Call) -> Answer:
        """RFC 7592 §2: read, replace or end the registration of whoever shows its token."""
        if call.method not in {"GET", "PUT", "DELETE"}:
            return not_allowed("GET", "PUT", "DELETE")
        key = call.path.rpartition("/")[2]
        token = from_header(call.header("Authorization"))
        with self._core.database.read() as tx:
            owned = self._joining.owned(tx, key, token)
        if owned is None:
            # OA-161: of another, of none, or what never was one: all alike.
            return _unauthorized(shown=bool(call.header("Authorization")))
        if call.method == "GET":
            return json_reply(self._told(Joined(owned.application, token=token)))
        if not owned.may_change:
            hint = "an administrator changes this application"
            return self._refused(OAuthError("access_denied", hint), 403, key)
        if call.method == "PUT":
            if not self._counted(call.origin.address, is_invited=True):
                return self._refused(FULL, TOO_MANY, key)
            return self._replaced(call, owned, token)
        with self._core.database.write() as tx:
            self._joining.leave(tx, owned, call.origin)
        return Reply(204, list(NO_STORE))

    def _replaced(self, call: Call, owned: Owned, token: str) -> Answer:
        """RFC 7592 §2.2: the whole of it, by its own name."""
        key = owned.application.key
        metadata = self._metadata(call)
        if isinstance(metadata, OAuthError):
            return self._refused(metadata, about=key)
        fault = self._update_fault(owned.application, metadata)
        if fault:
            return self._refused(OAuthError(BAD, fault), about=key)
        terms = narrowed(owned.terms, owned.said)
        found = self._registration(metadata, key, terms, owned.document, owned.said)
        if isinstance(found, OAuthError):
            return self._refused(found, about=key)
        document, logo = found
        with self._core.database.write() as tx:
            changed = self._joining.change(tx, owned, document, call.origin)
            if changed is not None:
                self._joining.put_logo(tx, key, logo)
        if changed is None:
            return self._refused(OVERTAKEN, 409, key)
        return json_reply(self._told(Joined(changed.application, changed.secret, token)))

    def _update_fault(self, application: Application, metadata: Mapping[str, Any]) -> str:
        if metadata.get("client_id") != application.key:
            return "client_id: its own is expected"
        if any(name in metadata for name in OF_THE_ANSWER):
            return "what the answer added has no place in an update"
        secret = metadata.get("client_secret")
        matches = self._core.applications.secret_matches
        if secret is not None and not (isinstance(secret, str) and matches(application, secret)):
            return "client_secret: its own is expected"
        return ""

    def _terms(self, call: Call, token: str) -> Terms | None:
        """By an invitation; where it is open to all, also without one."""
        if not token:
            usual = self._is_open and not call.header("Authorization")
            return open_terms(self._core) if usual else None
        with self._core.database.read() as tx:
            invitation = self._joining.invitations.find(tx, token)
        return invitation.terms if invitation else None

    def _metadata(self, call: Call) -> dict[str, Any] | OAuthError:
        if call.content_type != "application/json":
            return OAuthError(BAD, "the body must be JSON")
        body = call.body(self._core.settings.server.max_body)
        if body is None:
            return OAuthError(BAD, "the body is too large")
        metadata = read_object(body)
        if isinstance(metadata, OAuthError) or "software_statement" not in metadata:
            return metadata
        stated = self._statements.read(metadata["software_statement"])
        if isinstance(stated, str):
            return OAuthError(stated, "software_statement")
        # RFC 7591 §2.3: what is stated counts, whatever stands beside it.
        return metadata | stated

    def _registration(
        self,
        metadata: Mapping[str, Any],
        key: str,
        terms: Terms,
        before: Mapping[str, Any] | None = None,
        said: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], Logo | None] | OAuthError:
        """What is to be kept; nothing is fetched before all else is found to be right."""
        core = self._core
        known = Known(terms, core.settings.locale.default, before, said)
        document = as_document(metadata, key, known)
        if isinstance(document, OAuthError):
            return document
        for name, uri in outside(metadata):
            # OA-160: not where only this server could go.
            if not may_be_reached(uri, core.settings.outgoing.allow):
                return OAuthError(BAD, f"{name}: it can't be reached from here")
        with core.database.read() as tx:
            application = self._joining.read(tx, document)
        if isinstance(application, Faulty):
            return refusal(application.faults)
        fetched = self._fetched(application.settings)
        return fetched if isinstance(fetched, OAuthError) else (document, fetched)

    def _fetched(self, settings: Mapping[str, Any]) -> Logo | OAuthError | None:
        """Its picture, where what lies at its addresses is what it should be."""
        if not (settings.get("sector_identifier_uri") or settings.get("logo_uri")):
            return None
        if not self._fetching.acquire(blocking=False):
            return BUSY
        try:
            return self._sector_fault(settings) or self._picture(str(settings.get("logo_uri", "")))
        finally:
            self._fetching.release()

    def _sector_fault(self, settings: Mapping[str, Any]) -> OAuthError | None:
        if sector := settings.get("sector_identifier_uri"):
            addresses = settings.get("redirect_uris", [])
            if fault := sector_fault(self._core.fetcher, sector, addresses):
                return OAuthError(BAD, fault)
        return None

    def _picture(self, uri: str) -> Logo | OAuthError | None:
        """Fetched this once, and drawn anew: pages of ours load nothing from elsewhere."""
        if not uri:
            return None
        found = self._core.fetcher.fetch("GET", uri, headers={"Accept": "image/*"})
        if not isinstance(found, Fetched) or found.status != 200:
            return OAuthError(BAD, "logo_uri: nothing could be fetched there")
        logo = drawn_anew(found.body, LARGEST_LOGO)
        if isinstance(logo, str):
            return OAuthError(BAD, "logo_uri: a small PNG, JPEG or WebP picture is expected")
        return logo

    def _counted(self, address: str, *, is_invited: bool) -> bool:
        """Whether one more may come from there now: each may have us fetch something."""
        now = self._core.clock.now()
        most, window = MOST_INVITED, MINUTE
        if not is_invited:
            most, window = self._core.settings.oidc.open_per_day, DAY
        kind = "register-invited" if is_invited else "register"
        for key, limit in (
            (throttle.address_key(address, kind), most),
            (throttle.network_key(address, kind), most * NETWORK),
        ):
            limits = Limits(limit, window, window, 0, NEVER, window)
            with self._core.database.write() as tx:
                ruling = throttle.reserve(tx, key, limits, now).ruling
            if ruling.verdict is not Verdict.FREE:
                return False
        return True

    def _told(self, joined: Joined) -> dict[str, Any]:
        """RFC 7591 §3.2.1; RFC 7592 §3."""
        application = joined.application
        found = told(application) | {
            "registration_client_uri": f"{self._issuer}{REGISTRATION}/{application.key}",
            "registration_access_token": joined.token,
        }
        if joined.secret:
            found |= {"client_secret": joined.secret, "client_secret_expires_at": 0}
        return found

    def _refused(self, error: OAuthError, status: int = 400, about: str = NOBODY) -> Reply:
        """RFC 7591 §3.2.2; whoever connects an application finds it in the console."""
        facts = {"Endpoint": "register"}
        if error is BUSY:
            status = UNAVAILABLE
        self._core.seen.refused(about, facts, f"{error.code}: {error.hint}", error.code)
        document = {"error": error.code, "error_description": error.hint}
        return json_reply(document, status)


def _unauthorized(*, shown: bool) -> Reply:
    """RFC 6750 §3.1: nothing where nothing was shown."""
    headers: Headers = [
        *NO_STORE,
        ("WWW-Authenticate", www_authenticate("invalid_token" if shown else "")),
    ]
    return json_reply({"error": "invalid_token"}, 401, headers)
