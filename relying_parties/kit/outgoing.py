# SPDX-License-Identifier: Apache-2.0
"""The one door for calls to the provider: known origins, no redirect, limits of time and size."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO

from authlib.integrations.requests_client import OAuth2Session
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from relying_parties.kit.origins import origin_of
from relying_parties.kit.outcome import ProviderUnreachable
from relying_parties.kit.settings import Limits, Provider

PIECE = 16 * 1024
Cert = bytes | str | tuple[bytes | str, bytes | str] | None


class GuardedAdapter(HTTPAdapter):
    """Sends only to the provider's origins and reads no more, and no longer, than allowed."""

    def __init__(self, origins: frozenset[str], limits: Limits) -> None:
        super().__init__(pool_connections=2, pool_maxsize=16, max_retries=0)
        self._origins = origins
        self._limits = limits

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the signature of requests
        timeout: object = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: Cert = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        # Row BR-015: wherever the address came from, it is compared again where the socket opens.
        if origin_of(request.url) not in self._origins:
            raise ProviderUnreachable("address outside the provider's origins")
        response = super().send(
            request, stream=True, timeout=self._limits.timeout, verify=verify, cert=cert
        )
        try:
            self._refuse_unusable(response)
            body = b"".join(self._pieces(response))
        except BaseException:
            # What was left unread must not become the next answer's beginning.
            response.raw.close()
            raise
        finally:
            response.raw.release_conn()
        response.raw = BytesIO(body)
        return response

    def _refuse_unusable(self, response: Response) -> None:
        # RFC 9700 §4.12: a redirect would carry a code or a secret elsewhere.
        if 300 <= response.status_code < 400:
            raise ProviderUnreachable(f"redirect (HTTP {response.status_code})")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ProviderUnreachable("compressed answer")
        length = response.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > self._limits.largest_answer:
            raise ProviderUnreachable("answer too large")

    def _pieces(self, response: Response) -> Iterator[bytes]:
        # `timeout` of requests counts between two bytes; a slow drip needs a deadline as well.
        deadline = time.monotonic() + self._limits.timeout
        size = 0
        while piece := response.raw.read1(PIECE, decode_content=False):
            size += len(piece)
            if size > self._limits.largest_answer:
                raise ProviderUnreachable("answer too large")
            if time.monotonic() > deadline:
                raise ProviderUnreachable("answer too slow")
            yield piece


class Door:
    """One guarded pool of connections, to these origins."""

    def __init__(self, origins: frozenset[str], ca_file: str | None, limits: Limits) -> None:
        self.origins = origins
        self._ca_file = ca_file
        self._adapter = GuardedAdapter(origins, limits)
        self._plain = self.guard(Session())

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """One plain GET."""
        with breakdowns():
            return self._plain.get(url, headers=headers, allow_redirects=False)

    def close(self) -> None:
        """Close the pool."""
        self._adapter.close()

    def guard(self, session: Session) -> Session:
        """Make a session use this pool, and nothing of the environment."""
        # No .netrc, no proxy or certificate file out of the environment.
        session.trust_env = False
        session.verify = self._ca_file or True
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["Accept-Encoding"] = "identity"
        session.headers["User-Agent"] = "sceau-kit"
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        return session


class Outgoing(Door):
    """Calls to a provider of OpenID Connect."""

    def __init__(self, provider: Provider, limits: Limits) -> None:
        self._provider = provider
        addresses = (provider.issuer, *provider.endpoint_origins)
        origins = frozenset(origin for one in addresses if (origin := origin_of(one)) is not None)
        super().__init__(origins, provider.ca_file, limits)

    def oauth2(self, scope: str) -> OAuth2Session:
        """Authlib's client for one exchange; it keeps a token inside, so it is never shared."""
        session = OAuth2Session(
            client_id=self._provider.client_id,
            client_secret=self._provider.client_secret,
            token_endpoint_auth_method=self._provider.auth_method,
            scope=scope,
            redirect_uri=self._provider.redirect_uri,
            code_challenge_method="S256",
        )
        self.guard(session)
        return session


@contextmanager
def breakdowns() -> Iterator[None]:
    """Turn every network fault into one exception of ours."""
    try:
        yield
    except (RequestException, HTTPError, OSError) as fault:
        raise ProviderUnreachable(type(fault).__name__) from fault
