# SPDX-License-Identifier: Apache-2.0
"""What the clients in Python share: where everything is, and somebody who presses the buttons."""

from collections.abc import Mapping
from typing import Any

import requests

from tests.cast import SECRET, application
from tests.interop.saml_peers import opened
from tests.interop.visitor import Visitor
from tests.servers import Site

PATIENCE = 60


def described(site: Site) -> dict[str, Any]:
    """Discovery, as any client reads it."""
    answer = requests.get(f"{site.issuer}/.well-known/openid-configuration", timeout=PATIENCE)
    found: dict[str, Any] = answer.json()
    return found


def bring(site: Site, key: str, oidc: Mapping[str, Any]) -> None:
    """An application of one test's, which a running provider knows from then on."""
    document = application(key, oidc=dict(oidc))
    with opened(site) as core, core.database.write() as tx:
        core.applications.register(tx, document)
        if oidc.get("token_endpoint_auth_method", "client_secret_basic").startswith("client_"):
            core.applications.set_secret(tx, key, SECRET)


def sent_back(site: Site, url: str, who: str = "medecin") -> str:
    """The address with which somebody comes back to the application, who logged in on the way."""
    visitor = Visitor((site.issuer,))
    back = visitor.get(url)
    if back.startswith(site.issuer):
        back = visitor.log_in(who)
    assert not back.startswith(site.issuer), visitor.response.text
    return back


def type_code(site: Site, code: str) -> None:
    """Somebody connects the device that shows this code."""
    visitor = Visitor((site.issuer,))
    visitor.get(f"{site.issuer}/device")
    visitor.submit("/device", user_code=code)
    visitor.log_in()
    shown = visitor.page.find(id="device-code")
    assert shown is not None, visitor.response.text
    assert shown.get_text(strip=True) == code
    visitor.submit("/consent", answer="accept")
