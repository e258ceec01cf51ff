# SPDX-License-Identifier: Apache-2.0
"""Logins that go on there until somebody logs out: here, or by the service that they came from."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from idp.demo.sandbox.people import Professional
from idp.demo.sandbox.tokens import Claims, Signer, spoiled
from idp.demo.sandbox.trouble import Trouble

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
KIND: Final = "logout+jwt"
NOTICE_LIFE: Final = 120
PATIENCE: Final = 5.0
# Where a service is told, and with what; the status that it answers, 0 for none.
Tell = Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who is logged in, for one service."""

    person: Professional
    client: str
    # Where the service hears of its end.
    notices: str
    at: int
    # What it is called in tokens.
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Notice:
    """What was told of an end, and what was answered."""

    url: str
    token: str
    status: int


class Logins:
    """All of them."""

    def __init__(self, issuer: str, signer: Signer, now: Callable[[], int], tell: Tell) -> None:
        self._issuer = issuer
        self._signer = signer
        self._now = now
        self._tell = tell
        self._lock = threading.Lock()
        self._going_on: dict[str, Login] = {}
        self.told: list[Notice] = []

    def begin(self, person: Professional, client: str, notices: str) -> Login:
        """From now on."""
        login = Login(person, client, notices, self._now())
        with self._lock:
            self._going_on[login.id] = login
        return login

    def every(self) -> list[Login]:
        """Those that go on, the newest first."""
        with self._lock:
            return list(reversed(self._going_on.values()))

    def end(self, name: str, trouble: Trouble) -> bool:
        """One is over, and its service told; False where there is none."""
        with self._lock:
            login = self._going_on.pop(name, None)
        if login is None:
            return False
        token = self._notice(login, trouble)
        for _time in range(2 if trouble is Trouble.NOTICE_TWICE else 1):
            status = self._tell(login.notices, token)
            self.told.append(Notice(login.notices, token, status))
        return True

    def named_in(self, hint: str) -> Login | None:
        """The login of an ID token of ours."""
        claims = self._signer.read(hint)
        with self._lock:
            return self._going_on.get(str(claims.get("sid", ""))) if claims else None

    def _notice(self, login: Login, trouble: Trouble) -> str:
        """A logout token (OpenID Connect Back-Channel Logout 1.0 §2.4)."""
        now = self._now()
        claims: Claims = {
            "iss": self._issuer,
            "aud": login.client,
            "iat": now,
            "exp": now + NOTICE_LIFE,
            "jti": secrets.token_urlsafe(16),
            "sub": login.person.subject,
            "sid": login.id,
            "typ": "Logout",
            "events": {EVENT: {}},
        }
        kind = "at+jwt" if trouble is Trouble.NOTICE_OTHER_KIND else KIND
        return self._signer.sign(_unlike(spoiled(claims, trouble), trouble), trouble, kind)


def _unlike(claims: Claims, trouble: Trouble) -> Claims:
    changes: dict[Trouble, dict[str, Any]] = {
        Trouble.NOTICE_NONCE: {"nonce": "n"},
        Trouble.NOTICE_NO_EVENT: {"events": {}},
        Trouble.NOTICE_ODD_EVENT: {"events": {EVENT: True}},
        Trouble.NOTICE_OF_NOBODY: {"sub": None, "sid": None},
        Trouble.NOTICE_NO_ID: {"jti": None},
    }
    changed = claims | changes.get(trouble, {})
    return {name: value for name, value in changed.items() if value is not None}


def tell_by_http(url: str, token: str) -> int:
    """By a post to the service's own address."""
    form = urlencode({"logout_token": token}).encode()
    try:
        # An address of the demo's own settings.
        with urlopen(Request(url, form), timeout=PATIENCE) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as refused:
        return refused.code
    except (URLError, OSError):
        return 0
