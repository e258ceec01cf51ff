# SPDX-License-Identifier: Apache-2.0
"""openid-client where an ID token comes through the browser: implicit and hybrid, registered so."""

from collections.abc import Iterator

import pytest

from tests.cast import application
from tests.interop.foreign import Fault, openid_client
from tests.interop.visitor import Visitor
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop
METHOD = "client_secret_basic"
KEYS = {"id_token": "fronted-alone", "code id_token": "fronted-both"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider with an application of each kind."""
    folder = tmp_path_factory.mktemp("site")
    usual = {"grant_types": ["authorization_code", "implicit"], "scopes": ["openid", "profile"]}
    documents = [
        application(key, oidc=usual | {"response_types": [kind]}) for kind, key in KEYS.items()
    ]
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, url, documents=documents) as site:
        yield site
        site.show_news()


def test_openid_client_is_answered_by_an_id_token_alone(place: Site) -> None:
    visitor = Visitor((place.issuer,))
    with openid_client(place, METHOD, key=KEYS["id_token"], front="id_token") as client:
        asked = client("authorize", parameters={"scope": "openid profile"})
        visitor.get(asked["url"])
        back = visitor.log_in()
        assert "#" in back
        claims = client("implicit", state=asked["state"], url=back)
        assert claims["family_name"] == "Durand"
        other = client("authorize", parameters={"scope": "openid"})
        with pytest.raises(Fault):
            client("implicit", state=other["state"], url=back)


def test_openid_client_ties_the_code_to_the_id_token_beside_it(place: Site) -> None:
    visitor, other = Visitor((place.issuer,)), Visitor((place.issuer,))
    key = KEYS["code id_token"]
    with openid_client(place, METHOD, key=key, front="code id_token") as client:
        asked = client("authorize", parameters={"scope": "openid profile"})
        visitor.get(asked["url"])
        back = visitor.log_in()
        again = client("authorize", parameters={"scope": "openid profile"})
        other.get(again["url"])
        stolen = other.log_in("patient")
        # Somebody else's code beside this ID token: c_hash tells.
        code = stolen.partition("code=")[2].partition("&")[0]
        own = back.partition("code=")[2].partition("&")[0]
        with pytest.raises(Fault):
            client("exchange", state=asked["state"], url=back.replace(own, code))
        tokens = client("exchange", state=asked["state"], url=back)
        assert tokens["claims"]["amr"] == ["pwd"]
