# SPDX-License-Identifier: Apache-2.0
"""What is kept on the server, and the narrow interfaces that a store of it offers.

Sessions are on the server so that a back-channel logout ends them at once; logins under way are,
so that each is answered once and neither nonce nor PKCE verifier ever visits the browser.
"""

from dataclasses import dataclass, field
from typing import Protocol

from relying_parties.kit.logout_token import LogoutNotice
from relying_parties.kit.strict_json import Claims


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLogin:
    """One login under way, in one tab of one browser."""

    state: str
    binding: str
    nonce: str
    verifier: str
    return_to: str
    level: int
    started: int
    max_age: int | None = None
    fresh: bool = False
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the token endpoint gave."""

    access_token: str
    id_token: str | None
    refresh_token: str | None
    expires: int
    # What the provider told of the launch that opened the application: once, with the code.
    launched: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person logged in to this application in one browser."""

    id: str
    issuer: str
    subject: str
    sid: str | None
    level: int
    auth_time: int | None
    nonce: str
    claims: Claims
    created: int
    expires: int
    # Of OpenID Connect alone.
    tokens: Tokens | None = None
    # Of SAML alone: how the provider qualified the subject, to name them again at logout.
    named: dict[str, str] = field(default_factory=dict)
    # Of a launch alone: whose file was open in the software, and which software it was.
    launched: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Living:
    """A session, and when it ends by itself where nobody does anything more."""

    session: Session
    until: int


def noted_every(idle: int) -> int:
    """How often activity is noted: not at each request, and close enough to what people see."""
    return min(60, idle // 60)


class LoginStore(Protocol):
    """Logins under way."""

    def begin(self, login: PendingLogin, until: int) -> None:
        """Keep a login until then."""

    def take(self, state: str, binding: str, now: int) -> PendingLogin | None:
        """The login, once, and only with the browser's own secret; atomic."""

    def pending(self, state: str, now: int) -> PendingLogin | None:
        """Such a login where one waits, whoever started it."""


class AnswerStore(Protocol):
    """Answers that a browser brings in two steps, and what each may be used for once."""

    def use_once(self, issuer: str, identifier: str, now: int, until: int) -> bool:
        """Whether this is the first use of an identifier of that provider's; atomic and durable."""

    def park(self, name: str, content: bytes, now: int, until: int) -> None:
        """Keep something sealed until then."""

    def unpark(self, name: str, now: int) -> bytes | None:
        """It, once; atomic."""


class SessionStore(Protocol):
    """Local sessions."""

    def open(self, session: Session) -> bool:
        """Keep a session; False where its `sid` has been logged out meanwhile."""

    def load(self, session_id: str, now: int, idle: int) -> Session | None:
        """The session, if it lives; counts as activity."""

    def look(self, session_id: str, now: int, idle: int) -> Living | None:
        """The same without counting, and until when it lives."""

    def save(self, session: Session) -> None:
        """Replace a living session's content and release its refresh claim."""

    def close(self, session_id: str) -> None:
        """End one session."""

    def claim_refresh(self, session_id: str, now: int, until: int) -> bool:
        """Whether the caller, alone, may refresh the tokens until then; atomic."""

    def release_refresh(self, session_id: str) -> None:
        """Give the claim back without a new content."""


class LogoutStore(Protocol):
    """Where a provider's logout takes effect."""

    def end(self, notice: LogoutNotice, now: int) -> int | None:
        """End the sessions named, remember `jti` and `sid`; None for a replay. One transaction."""


class Store(LoginStore, AnswerStore, SessionStore, LogoutStore, Protocol):
    """All of them, as one file or one database usually offers them."""
