# SPDX-License-Identifier: Apache-2.0
"""A provider's double: strict with its clients, and misbehaving exactly where a test says so.

It listens on a loopback port for what the application calls itself; the browser's visit to the
authorization endpoint is `authorize()`, called by the test in the browser's place.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def same(value):
    return value


class Quiet(WSGIRequestHandler):
    def log(self, *args):
        pass


@dataclass
class Twists:
    """Where the double departs from what is right; each takes the right value."""

    discovery: Callable = same
    jwks: Callable = same
    answer: Callable = same
    header: Callable = same
    claims: Callable = same
    id_token: Callable = same
    token_answer: Callable = same
    userinfo: Callable = same
    refresh_claims: Callable = same
    before: Callable = same
    refresh_has_id_token: bool = True


@dataclass
class Grant:
    """What an authorization gave."""

    query: dict
    claims: dict
    refresh: str = ""
    alive: bool = True
    used: set = field(default_factory=set)


class Double:
    """The provider."""

    def __init__(self, now):
        self.now = now
        self.twists = Twists()
        self.calls = Counter()
        self.key = ECKey.generate_key("P-256", {"kid": "key-1", "use": "sig", "alg": "ES256"})
        self.client_id, self.client_secret = "app", "s3cret+with:odd/ch ars"
        self.client_key = None
        self.grants = {}
        self.refresh_tokens = {}
        self.access_tokens = {}
        # Tokens that programs hold: what introspection and userinfo tell of each.
        self.presented = {}
        self.server = make_server("127.0.0.1", 0, self.serve, threaded=True, request_handler=Quiet)
        self.issuer = f"http://localhost:{self.server.port}"
        self.person = {"sub": "sub-1", "acr": "urn:sceau:level:1", "amr": ["pwd"], "sid": "sid-1"}
        self.info = {"sub": "sub-1", "name": "Zoé Exemple", "profession": "Médecin"}
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    # What the browser does.

    def authorize(self, location):
        """Log in, and give the address that the browser is sent back to."""
        parts = urlsplit(location)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert all(len(values) == 1 for values in parse_qs(parts.query).values())
        assert query["client_id"] == self.client_id
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert len(query["code_challenge"]) == 43
        assert len(query["state"]) >= 40
        assert len(query["nonce"]) >= 40
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe()
        self.grants[code] = Grant(query, self.claims_for(query))
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        return query["redirect_uri"] + "?" + urlencode(self.twists.answer(answer), doseq=True)

    def claims_for(self, query):
        now = self.now()
        return {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": query["nonce"],
            **self.person,
        }

    def logout_token(self, header=None, key=None, drop=(), **changes):
        now = self.now()
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(),
            "events": {EVENT: {}},
            "sid": self.person["sid"],
            **changes,
        }
        claims = {name: value for name, value in claims.items() if name not in drop}
        return self.sign(claims, header={"typ": "logout+jwt", **(header or {})}, key=key)

    def sign(self, claims, header=None, key=None):
        full = {"alg": "ES256", "kid": "key-1", **(header or {})}
        full = {name: value for name, value in full.items() if value is not None}
        with warnings.catch_warnings():
            # joserfc warns of the name EdDSA (RFC 9864), which providers still use.
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(
                full, claims, key or self.key, algorithms=[full["alg"]], default_type=None
            )

    # What the application calls.

    def serve(self, environ, start):
        request = Request(environ)
        name = request.path.strip("/").replace("-", "_").replace(".", "_").replace("/", "__")
        self.calls[request.path] += 1
        twisted = self.twists.before(request)
        if isinstance(twisted, Response):
            return twisted(environ, start)
        view = getattr(self, f"at_{name}", None)
        response = view(request) if view else Response("no such page", 404)
        return response(environ, start)

    def at__well_known__openid_configuration(self, _request):
        return as_json(self.twists.discovery(self.metadata()))

    def metadata(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end-session",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "introspection_endpoint": f"{self.issuer}/introspect",
            "code_challenge_methods_supported": ["S256"],
        }

    def at_jwks(self, _request):
        return as_json(self.twists.jwks({"keys": [self.key.as_dict(private=False)]}))

    def at_token(self, request):
        if not self.client_is_known(request):
            return as_json({"error": "invalid_client"}, 401)
        if request.form["grant_type"] == "authorization_code":
            return self.redeem(request)
        return self.refresh(request)

    def client_is_known(self, request):
        form = request.form
        assert "client_secret" not in form
        if self.client_key is not None:
            assert request.authorization is None
            decoded = jwt.decode(form["client_assertion"], self.client_key, algorithms=["ES256"])
            claims = decoded.claims
            assert claims["aud"] == self.issuer
            assert claims["iss"] == claims["sub"] == self.client_id
            assert claims["exp"] - claims["iat"] <= 60
            assert claims["jti"]
            return True
        if self.client_secret is None:
            return request.authorization is None and form.get("client_id") == self.client_id
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        name, _, secret = base64.b64decode(value).decode().partition(":")
        given = (kind, unquote_plus(name), unquote_plus(secret))
        return given == ("Basic", self.client_id, self.client_secret)

    def redeem(self, request):
        grant = self.grants.pop(request.form["code"], None)
        if grant is None or request.form["redirect_uri"] != grant.query["redirect_uri"]:
            return as_json({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != grant.query["code_challenge"]:
            return as_json({"error": "invalid_grant"}, 400)
        return self.answer_tokens(grant, self.twists.claims(grant.claims))

    def refresh(self, request):
        grant = self.refresh_tokens.get(request.form["refresh_token"])
        if grant is None or not grant.alive or request.form["refresh_token"] != grant.refresh:
            if grant is not None:
                grant.alive = False  # reuse: the whole family ends
            return as_json({"error": "invalid_grant"}, 400)
        time.sleep(0.05)
        claims = dict(grant.claims, iat=self.now(), exp=self.now() + 300)
        claims.pop("nonce", None)
        return self.answer_tokens(grant, self.twists.refresh_claims(claims), again=True)

    def answer_tokens(self, grant, claims, *, again=False):
        access, grant.refresh = secrets.token_urlsafe(), secrets.token_urlsafe()
        self.refresh_tokens[grant.refresh] = grant
        self.access_tokens[access] = grant
        if claims.get("at_hash") == "right":
            digest = hashlib.sha256(access.encode()).digest()[:16]
            claims = dict(claims, at_hash=base64.urlsafe_b64encode(digest).rstrip(b"=").decode())
        header = self.twists.header({"typ": "JWT"})
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 300,
            "refresh_token": grant.refresh,
        }
        if not again or self.twists.refresh_has_id_token:
            answer["id_token"] = self.twists.id_token(self.sign(claims, header))
        return as_json(self.twists.token_answer(answer))

    def at_userinfo(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.presented:
            return as_json(self.presented[token][1])
        if token not in self.access_tokens:
            return as_json({"error": "invalid_token"}, 401)
        twisted = self.twists.userinfo(dict(self.info))
        return twisted if isinstance(twisted, Response) else as_json(twisted)

    def at_introspect(self, request):
        if not self.client_is_known(request):
            return as_json({"error": "invalid_client"}, 401)
        told, _info = self.presented.get(request.form["token"], ({"active": False}, {}))
        return as_json(told)

    def present(self, info, level=2, **changes):
        """A token that a program holds for somebody, to present it to the application."""
        now, token = self.now(), secrets.token_urlsafe()
        told = {
            "active": True,
            "scope": "openid",
            "client_id": "viewer",
            "token_type": "Bearer",
            "exp": now + 3600,
            "iat": now,
            "iss": self.issuer,
            "aud": [self.client_id],
            "sub": info["sub"],
            "acr": f"urn:sceau:level:{level}",
            "auth_time": now,
            "sid": "sid-of-viewer",
            **changes,
        }
        self.presented[token] = (told, info)
        return token

    def at_revoke(self, _request):
        return Response(status=200)


def as_json(document, status=200):
    text = document if isinstance(document, str) else json.dumps(document)
    return Response(text, status, content_type="application/json")
