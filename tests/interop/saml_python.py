# SPDX-License-Identifier: Apache-2.0
"""python3-saml as an application: `python -m tests.interop.saml_python FOLDER PORT`.

The folder holds the provider's metadata (`idp.xml`), a key and its certificate. What it speaks is
in `saml_peers.py`; `saml_node.mjs` speaks the same.
"""

import json
import secrets
import sys
from dataclasses import dataclass, field
from functools import partial
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings

COOKIE = "python3-saml"
FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


@dataclass
class Application:
    """What all requests share."""

    folder: Path
    url: str
    # What is known of each visitor, by their cookie.
    visitors: dict[str, dict[str, Any]] = field(default_factory=dict)

    def settings(self, classes: list[str], **changes: bool) -> dict[str, Any]:
        """Everything that can be demanded is, but encryption: that is what a test is about."""
        said = (self.folder / "idp.xml").read_text("utf-8")
        provider = OneLogin_Saml2_IdPMetadataParser.parse(said)["idp"]
        return {
            "strict": True,
            "sp": {
                "entityId": f"{self.url}/metadata",
                "assertionConsumerService": {"url": f"{self.url}/acs"},
                "singleLogoutService": {"url": f"{self.url}/slo"},
                "NameIDFormat": FORMAT,
                "x509cert": (self.folder / "sp.crt").read_text("ascii"),
                "privateKey": (self.folder / "sp.key").read_text("ascii"),
            },
            "idp": provider,
            "security": {
                "authnRequestsSigned": True,
                "logoutRequestSigned": True,
                "logoutResponseSigned": True,
                "wantMessagesSigned": True,
                "wantAssertionsSigned": True,
                "signMetadata": True,
                "requestedAuthnContext": classes or False,
                "signatureAlgorithm": Names.RSA_SHA256,
                "digestAlgorithm": Names.SHA256,
                "rejectDeprecatedAlgorithm": True,
                **changes,
            },
        }


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def __init__(self, application: Application, *given: Any) -> None:
        self._application = application
        super().__init__(*given)

    def do_GET(self) -> None:
        path, _, self._query = self.path.partition("?")
        self._values = dict(parse_qsl(self._query))
        pages = {
            "/metadata": self._metadata,
            "/login": self._login,
            "/logout": self._logout,
            "/slo": self._slo,
        }
        pages.get(path, self._who)()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._query, self._values = "", {}
        self._acs(dict(parse_qsl(body.decode())))

    def _metadata(self) -> None:
        # Or it would not tell the key to encrypt for.
        wished = self._application.settings([], wantAssertionsEncrypted=True)
        settings = OneLogin_Saml2_Settings(wished, sp_validation_only=True)
        described = settings.get_sp_metadata()
        assert not settings.validate_metadata(described)
        self._answer(200, described, "application/samlmetadata+xml")

    def _login(self) -> None:
        auth = self._auth({}, [one for one in [self._values.get("class", "")] if one])
        url = auth.login(
            self._values.get("to", "/"),
            force_authn="force" in self._values,
            is_passive="passive" in self._values,
        )
        self._visitor()["asked"] = auth.get_last_request_id()
        self._lead(url)

    def _acs(self, form: dict[str, str]) -> None:
        auth, visitor = self._auth(form), self._visitor()
        auth.process_response(request_id=visitor.pop("asked", "nothing"))
        if auth.get_errors():
            self._tell(403, {"refused": auth.get_last_error_reason()})
            return
        visitor["told"] = {
            "name": auth.get_nameid(),
            "format": auth.get_nameid_format(),
            "qualifiers": [auth.get_nameid_nq(), auth.get_nameid_spnq()],
            "attributes": {name: values[0] for name, values in auth.get_attributes().items()},
            "level": auth.get_last_authn_contexts()[0],
            "session": auth.get_session_index(),
        }
        self._lead(form["RelayState"])

    def _who(self) -> None:
        told = self._visitor().get("told")
        self._tell(200 if told else 401, {**(told or {}), "path": self.path})

    def _logout(self) -> None:
        auth, told = self._auth({}), self._visitor()["told"]
        mine, theirs = told["qualifiers"]
        url = auth.logout("/bye", told["name"], told["session"], mine, told["format"], theirs)
        self._visitor()["asked"] = auth.get_last_request_id()
        self._lead(url)

    def _slo(self) -> None:
        auth, visitor = self._auth({}), self._visitor()
        back = auth.process_slo(
            request_id=visitor.pop("asked", None),
            delete_session_cb=lambda: visitor.pop("told", None),
        )
        if auth.get_errors():
            self._tell(403, {"refused": auth.get_last_error_reason() or auth.get_errors()})
            return
        self._lead(back or self._values.get("RelayState", "/bye"))

    def _auth(self, form: dict[str, str], classes: list[str] | None = None) -> OneLogin_Saml2_Auth:
        asked = {
            "https": "off",
            "http_host": self.headers["Host"],
            "script_name": self.path.partition("?")[0],
            "query_string": self._query,
            "get_data": self._values,
            "post_data": form,
        }
        return OneLogin_Saml2_Auth(asked, self._application.settings(classes or []))

    def _visitor(self) -> dict[str, Any]:
        kept = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        self._cookie = kept.value if kept else secrets.token_hex(8)
        return self._application.visitors.setdefault(self._cookie, {})

    def _tell(self, status: int, told: dict[str, Any]) -> None:
        self._answer(status, json.dumps(told).encode(), "application/json")

    def _lead(self, url: str) -> None:
        self._answer(302, b"", "text/plain", url)

    def _answer(self, status: int, content: bytes, kind: str, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if location:
            self.send_header("Location", location)
        if cookie := getattr(self, "_cookie", ""):
            self.send_header("Set-Cookie", f"{COOKIE}={cookie}; Path=/; HttpOnly")
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    port = int(sys.argv[2])
    shared = Application(Path(sys.argv[1]), f"http://localhost:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, shared)).serve_forever()
