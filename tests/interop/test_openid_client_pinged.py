# SPDX-License-Identifier: Apache-2.0
"""openid-client is told when to come (CIBA ping), all of FAPI-CIBA in force.

It neither signs what asks nor hears the word: jose beside it does the one, the test the other.
"""

import json
from collections.abc import Iterator

import pytest

from idp.oidc.absent import CIBA
from tests.cast import PEOPLE, application
from tests.interop.foreign import Fault, openid_client, signing_key
from tests.interop.test_openid_client_elsewhere import decide
from tests.interop.test_signals import at_last
from tests.protocol.oidc.signals import Receiver, receiving
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop
KEY = "pinged"
BEARER = "8d67dc78-7faa-4d41-aabd-67707b374255"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Site]:
    """A provider that may reach the receiver, and an application whose tokens are its key's."""
    folder = tmp_path_factory.mktemp("site")
    oidc = {
        "redirect_uris": [],
        "grant_types": [CIBA],
        "profile": "fapi2",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [signing_key().as_dict(private=False)]},
        "backchannel_token_delivery_mode": "ping",
        "backchannel_client_notification_endpoint": receiver.url("/come"),
    }
    with running_site(
        folder,
        f"sqlite:///{folder / 'sceau.sqlite3'}",
        documents=[application(KEY, oidc=oidc)],
        called_too=[f"127.0.0.1:{receiver.port}"],
    ) as site:
        yield site
        site.show_news()


@pytest.mark.parametrize(("answer", "who"), [("agree", "medecin"), ("refuse", "infirmiere")])
def test_openid_client_comes_when_it_is_told(
    place: Site, receiver: Receiver, answer: str, who: str
) -> None:
    receiver.told.clear()
    with openid_client(place, "private_key_jwt", key=KEY, dpop="ES256") as client:
        hint = {"login_hint": PEOPLE[who].identifier, "binding_message": "K-42"}
        told = hint | {"client_notification_token": BEARER}
        with pytest.raises(Fault) as unsigned:
            client("askElsewhere", parameters=told)
        assert unsigned.value.code == "invalid_request"
        asked = client("askElsewhere", parameters=told, way="signed")
        decide(place, who, answer)
        path, headers, body = at_last(lambda: receiver.told and receiver.told[0])
        assert path == "/come"
        assert headers["Authorization"] == f"Bearer {BEARER}"
        assert json.loads(body) == {"auth_req_id": asked["auth_req_id"]}
        if answer == "agree":
            assert client("comeFor", asked=asked)["token_type"] == "dpop"
        else:
            with pytest.raises(Fault) as refused:
                client("comeFor", asked=asked)
            assert refused.value.code == "access_denied"
