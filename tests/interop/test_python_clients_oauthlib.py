# SPDX-License-Identifier: Apache-2.0
"""oauthlib with requests-oauthlib, as many scripts have it; it speaks OAuth, and no OpenID Connect.

Of what it can do beside, three things are not spoken here: tokens alone through the browser, a
person's password, and the word of others by RS256.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from oauthlib.oauth2 import (
    BackendApplicationClient,
    DeviceClient,
    InvalidGrantError,
    LegacyApplicationClient,
    MobileApplicationClient,
    OAuth2Error,
    ServiceApplicationClient,
)
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.cast import PASSWORD, PEOPLE, SECRET
from tests.interop.foreign import key_of
from tests.interop.python_clients import PATIENCE, described, sent_back, type_code
from tests.interop.visitor import Visitor
from tests.pki import key
from tests.servers import Site

pytestmark = pytest.mark.interop
KEY = key_of("client_secret_basic")
BACK = f"https://{KEY}.example/cb"
FURTHER = "panva-further"
SCOPE = ["openid", "profile", "email"]


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It refuses what isn't https, even on this machine."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    return


def session(key: str = KEY, **more: Any) -> OAuth2Session:
    made = OAuth2Session(key, **{"redirect_uri": BACK, "scope": SCOPE, **more})
    made.trust_env = False
    return made


def test_oauthlib_logs_in_refreshes_and_takes_back(site: Site) -> None:
    told, client = described(site), session(pkce="S256")
    url, _state = client.authorization_url(told["authorization_endpoint"])
    back = sent_back(site, url)
    proof = HTTPBasicAuth(KEY, SECRET)
    tokens = client.fetch_token(told["token_endpoint"], authorization_response=back, auth=proof)
    person = client.get(told["userinfo_endpoint"], timeout=PATIENCE).json()
    assert person["family_name"] == "Durand"
    renewed = client.refresh_token(told["token_endpoint"], auth=proof)
    assert renewed["access_token"] != tokens["access_token"]
    where, headers, body = client._client.prepare_token_revocation_request(
        told["revocation_endpoint"], renewed["refresh_token"], "refresh_token"
    )
    gone = requests.post(where, data=body, headers=headers, auth=proof, timeout=PATIENCE)
    assert gone.status_code == 200
    with pytest.raises(InvalidGrantError):
        client.refresh_token(told["token_endpoint"], auth=proof)
    # A code is good once.
    with pytest.raises(InvalidGrantError):
        client.fetch_token(told["token_endpoint"], authorization_response=back, auth=proof)


def test_oauthlib_in_its_own_name(site: Site) -> None:
    own = ["exams.read"]
    client = session(client=BackendApplicationClient(KEY, scope=own), scope=own)
    told = described(site)
    tokens = client.fetch_token(told["token_endpoint"], auth=HTTPBasicAuth(KEY, SECRET))
    assert tokens["scope"] == ["exams.read"]


def test_oauthlib_is_a_device(site: Site) -> None:
    told, device = described(site), DeviceClient(FURTHER, client_secret=SECRET)
    # It would put its secret into the address; the same words go as a form.
    asked = device.prepare_request_uri(told["device_authorization_endpoint"], scope=SCOPE)
    form = dict(parse_qsl(urlsplit(asked).query))
    proof = HTTPBasicAuth(FURTHER, form.pop("client_secret"))
    shown = requests.post(
        told["device_authorization_endpoint"], data=form, auth=proof, timeout=PATIENCE
    ).json()
    type_code(site, shown["user_code"])
    body = device.prepare_request_body(shown["device_code"])
    answer = requests.post(
        told["token_endpoint"],
        data=dict(parse_qsl(body)) | {"client_id": FURTHER},
        auth=proof,
        timeout=PATIENCE,
    )
    tokens = device.parse_request_body_response(answer.text, scope=SCOPE)
    assert tokens["id_token"]


def test_oauthlib_with_a_persons_password_gets_nothing(site: Site) -> None:
    client = session(client=LegacyApplicationClient(KEY))
    with pytest.raises(OAuth2Error) as refused:
        client.fetch_token(
            described(site)["token_endpoint"],
            username=PEOPLE["medecin"].identifier,
            password=PASSWORD,
            auth=HTTPBasicAuth(KEY, SECRET),
        )
    assert refused.value.error == "unsupported_grant_type"


def test_oa_006_oauthlib_gets_no_token_alone_through_the_browser(site: Site) -> None:
    client, visitor = session(client=MobileApplicationClient(KEY)), Visitor((site.issuer,))
    url, _state = client.authorization_url(described(site)["authorization_endpoint"])
    assert visitor.get(url) == url
    assert visitor.problem == "application-request"


def test_oa_071_oauthlib_vouches_by_an_algorithm_that_is_not_taken(site: Site) -> None:
    told = described(site)
    issuer, subject = "https://directory.example", PEOPLE["medecin"].national_id
    client = ServiceApplicationClient(
        FURTHER, private_key=key("oauthlib"), issuer=issuer, subject=subject, audience=site.issuer
    )
    body = dict(parse_qsl(client.prepare_request_body(scope=["exams.read"])))
    answer = requests.post(
        told["token_endpoint"], data=body, auth=HTTPBasicAuth(FURTHER, SECRET), timeout=PATIENCE
    )
    with pytest.raises(InvalidGrantError):
        client.parse_request_body_response(answer.text)
