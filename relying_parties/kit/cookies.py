# SPDX-License-Identifier: Apache-2.0
"""The kit's cookies: names per application, since several may share a host.

Browsers do not tell ports apart: DCC and RCP on one localhost would overwrite each other's cookies.
"""

from flask import Request
from werkzeug.wrappers import Response

from relying_parties.kit.sealing import name_of

MOST_LOGINS = 10
TAG = 16


class Cookies:
    """Writes and reads them; `__Host-` and Secure wherever the application is on TLS."""

    def __init__(self, name: str, *, secure: bool) -> None:
        prefix = "__Host-" if secure else ""
        self._secure = secure
        self.session = f"{prefix}{name}_session"
        self.logout = f"{prefix}{name}_logout"
        self._login = f"{prefix}{name}_login_"

    def session_id(self, request: Request) -> str | None:
        """The session id that the browser holds."""
        return request.cookies.get(self.session) or None

    def put_session(self, response: Response, session_id: str) -> None:
        """Hold the session until the browser closes; the server may end it sooner."""
        self._put(response, self.session, session_id, None)

    def login_secret(self, request: Request, state: str) -> str | None:
        """This browser's secret for that login, if the login was started here."""
        value = request.cookies.get(self._login_name(state), "")
        return value.partition(".")[2] or None

    def put_login(
        self, request: Request, response: Response, state: str, secret: str, now: int, age: int
    ) -> None:
        """One cookie per attempt, so that several tabs work; the oldest of too many goes."""
        old = [name for name in request.cookies if name.startswith(self._login)]
        old.sort(key=lambda name: _started(request.cookies[name]))
        for name in old[: max(0, len(old) - MOST_LOGINS + 1)]:
            self._drop(response, name)
        self._put(response, self._login_name(state), f"{now}.{secret}", age)

    def drop_login(self, response: Response, state: str) -> None:
        """The attempt is over."""
        self._drop(response, self._login_name(state))

    def drop_session(self, response: Response) -> None:
        """The session is over."""
        self._drop(response, self.session)

    def put_logout(self, response: Response, state: str, age: int) -> None:
        """Recognise the provider's answer to a logout."""
        self._put(response, self.logout, state, age)

    def logout_state(self, request: Request) -> str:
        """The logout that this browser began, if it did."""
        return request.cookies.get(self.logout, "")

    def drop_logout(self, response: Response) -> None:
        """The logout is over."""
        self._drop(response, self.logout)

    def _login_name(self, state: str) -> str:
        return self._login + name_of(state)[:TAG]

    def _put(self, response: Response, name: str, value: str, age: int | None) -> None:
        # Lax: the provider's answer comes from another site, by a top-level GET.
        response.set_cookie(
            name,
            value,
            max_age=age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="Lax")


def _started(value: str) -> int:
    number = value.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
