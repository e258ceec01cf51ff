# SPDX-License-Identifier: Apache-2.0
"""The provider's double as FAPI 2.0 has it: requests are pushed, tokens bound to a key."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import ECKey
from werkzeug.wrappers import Response

from tests.unit.relying_parties.double import Double, as_json

PREFIX = "urn:ietf:params:oauth:request_uri:"


class StrictDouble(Double):
    """Takes nothing that is not pushed, and no call without its proof."""

    def __init__(self, now, *, signed=False):
        super().__init__(now)
        self.signed = signed
        self.pushed = {}
        self.proofs = set()
        self.nonce = ""
        self.kind = "DPoP"

    def metadata(self):
        pushed = {"pushed_authorization_request_endpoint": f"{self.issuer}/par"}
        return {**super().metadata(), **pushed}

    def at_par(self, request):
        if not self.client_is_known(request):
            return as_json({"error": "invalid_client"}, 401)
        fields = {name: value for name, value in request.form.items() if "assertion" not in name}
        if self.signed:
            assert set(fields) == {"client_id", "request"}
            fields = self.opened(fields["request"])
        assert "request" not in fields
        name = PREFIX + secrets.token_urlsafe()
        self.pushed[name] = fields
        return as_json({"request_uri": name, "expires_in": 60}, 201)

    def opened(self, request):
        token = jwt.decode(request, self.client_key, algorithms=["ES256"])
        claims = token.claims
        assert token.header["typ"] == "oauth-authz-req+jwt"
        assert (claims.pop("iss"), claims.pop("aud")) == (self.client_id, self.issuer)
        issued = claims.pop("iat")
        assert claims.pop("nbf") == issued == self.now()
        assert claims.pop("exp") - issued <= 60
        assert claims.pop("jti")
        return claims

    def authorize(self, location):
        parts = urlsplit(location)
        outside = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert set(outside) == {"client_id", "request_uri"}
        self.asked = self.pushed.pop(outside["request_uri"])
        inside = urlencode(self.asked)
        return super().authorize(f"{self.issuer}/authorize?{inside}")

    def at_token(self, request):
        thumbprint = self.proven(request, "/token")
        if isinstance(thumbprint, Response):
            return thumbprint
        if request.form["grant_type"] == "authorization_code":
            assert self.grants[request.form["code"]].query["dpop_jkt"] == thumbprint
        return super().at_token(request)

    def answer_tokens(self, grant, claims, *, again=False):
        answer = super().answer_tokens(grant, claims, again=again).get_json()
        return as_json({**answer, "token_type": self.kind})

    def at_userinfo(self, request):
        kind, _, token = request.headers["Authorization"].partition(" ")
        assert kind == "DPoP"
        thumbprint = self.proven(request, "/userinfo", token, 401)
        if isinstance(thumbprint, Response):
            return thumbprint
        assert self.access_tokens[token].query["dpop_jkt"] == thumbprint
        return as_json(self.twists.userinfo(dict(self.info)))

    def proven(self, request, path, token="", status=400):
        """The key of the proof; or what it must carry."""
        proof = request.headers["DPoP"]
        header = jws.extract_compact(proof.encode()).headers()
        key = ECKey.import_key(header["jwk"])
        assert header["typ"] == "dpop+jwt"
        assert "d" not in header["jwk"]
        claims = jwt.decode(proof, key, algorithms=["ES256"]).claims
        assert (claims["htm"], claims["htu"]) == (request.method, self.issuer + path)
        assert claims["iat"] == self.now()
        assert claims["jti"] not in self.proofs
        self.proofs.add(claims["jti"])
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            assert claims["ath"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if self.nonce and claims.get("nonce") != self.nonce:
            answer = as_json({"error": "use_dpop_nonce"}, status)
            answer.headers["DPoP-Nonce"] = self.nonce
            return answer
        return key.thumbprint()
