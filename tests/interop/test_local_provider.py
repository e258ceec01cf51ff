# SPDX-License-Identifier: Apache-2.0
"""npm's openid-client leans on us as its local provider, as Pro Santé Connect would."""

from typing import Any

import cbor2
import pytest

from connectors.ports import NewPasskey
from idp.accounts import service as accounts
from idp.clock import SystemClock
from idp.opening import open_core
from tests.authenticator import Authenticator, cose
from tests.cast import PEOPLE
from tests.interop.foreign import Fault, OpenidClient, openid_client
from tests.interop.visitor import Visitor
from tests.servers import Site

pytestmark = pytest.mark.interop

KEY = "panva-local-provider"


def passkey_of(site: Site, who: str = "infirmiere") -> Authenticator:
    """A passkey that somebody has set up."""
    made = Authenticator()
    with site.database() as database:
        core, _secrets = open_core(site.settings, database, SystemClock())
        public = cbor2.dumps(cose(made.key))
        new = NewPasskey(made.credential, made.credential, public, 0, ("internal",), "", False)
        with database.write() as tx:
            account = accounts.find(tx, PEOPLE[who].identifier)
            assert account is not None
            core.passkeys.add(tx, account, new, "key of the test", None)
        made.handle = core.passkeys.handle(account)
        core.passwords.close()
    return made


def log_in(client: OpenidClient, visitor: Visitor, key: Authenticator, **asked: str) -> Any:
    """A whole login by passkey; what openid-client holds afterwards."""
    begun = client("authorize", parameters=asked)
    back = visitor.get(begun["url"])
    if not back.startswith(client.redirect_uri):
        visitor.get(back.partition("?")[0] + "?means=passkey")
        form = visitor.page.select_one("form[data-passkey='get']")
        assert form is not None, visitor.response.text
        signed = key.sign(str(form["data-options"]), origin=visitor.sites[0])
        back = visitor.submit("/passkey", credential=signed)
    assert back.startswith(client.redirect_uri), visitor.response.text
    return client("exchange", state=begun["state"], url=back)


def test_a_service_that_leans_on_us_is_told_who_vouches_for_whom(site: Site) -> None:
    key, visitor = passkey_of(site), Visitor((site.issuer,))
    with openid_client(site, "client_secret_basic", key=KEY) as client:
        claims = log_in(client, visitor, key)["claims"]
        assert claims["tid"] == "TID-REGION"
        assert claims["amr"] == ["user", "mfa", "hwk"]
        assert claims["acr"] == "urn:sceau:level:2"
        assert claims["oid"] != claims["sub"]
        again = log_in(client, visitor, key, prompt="login", max_age="0")["claims"]
        assert (again["oid"], again["tid"]) == (claims["oid"], "TID-REGION")
        assert again["auth_time"] >= claims["auth_time"]


def test_a_password_leads_nowhere_there(site: Site) -> None:
    """Somebody who is in by password already, at another application."""
    visitor = Visitor((site.issuer,))
    with openid_client(site, "client_secret_basic") as other:
        visitor.get(other("authorize", parameters={})["url"])
        visitor.log_in()
    with openid_client(site, "client_secret_basic", key=KEY) as client:
        begun = client("authorize", parameters={"prompt": "none", "kc_idp_hint": "password"})
        back = visitor.get(begun["url"])
        with pytest.raises(Fault) as refused:
            client("exchange", state=begun["state"], url=back)
        assert refused.value.code == "interaction_required"
        shown = visitor.get(client("authorize", parameters={})["url"])
        assert shown.startswith(f"{site.issuer}/login/")
        assert visitor.response.status_code == 200
        assert not visitor.page.select("form[action$='/password']")
