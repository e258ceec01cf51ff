# SPDX-License-Identifier: Apache-2.0
"""mod_auth_openidc registers itself, by the files of its metadata directory and an invitation."""

import json
from collections.abc import Iterator
from urllib.parse import quote, urlencode, urlsplit

import pytest

from idp.applications.invitations import Invitations
from idp.applications.terms import LEAST_POLICY, Terms
from tests.interop.apache import BASE, Apache, running_apache
from tests.interop.saml_peers import opened
from tests.interop.test_apache import visit
from tests.interop.visitor import Visitor
from tests.servers import Site, running_site

pytestmark = pytest.mark.interop
KEY = "newcomer"
SEVERAL = (
    BASE
    + """\
OIDCMetadataDir {folder}/metadata
OIDCClientName "Page d’accueil"
OIDCResponseMode form_post
"""
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider that takes those who were invited, and knows no Apache yet."""
    folder = tmp_path_factory.mktemp("site")
    url = f"sqlite:///{folder / 'sceau.sqlite3'}"
    with running_site(folder, url, neighbours=[KEY], OIDC_REGISTRATION="token") as site:
        yield site
        site.show_news()


def invited(site: Site) -> str:
    """An invitation for one."""
    terms = Terms(
        scopes=("openid", "profile", "email"),
        methods=("client_secret_basic", "client_secret_post"),
        approved=False,
        policy={**LEAST_POLICY, "consent": False},
    )
    with opened(site) as core, core.database.write() as tx:
        invitations = Invitations(core.clock, core.entropy, core.lookup)
        until = core.clock.now() + 600
        return invitations.make(tx, "apache", terms, 1, until, "test")[1]


def come(apache: Apache) -> Visitor:
    """Somebody who chose the provider on Apache's page of several; it looks at what it offers."""
    visitor = visit(apache)
    visitor.get(f"{apache.url}/app/")
    (field,) = visitor.page.select("form input[name=x_csrf]")
    named = {
        "iss": apache.site.issuer,
        "target_link_uri": f"{apache.url}/app/",
        "x_csrf": str(field["value"]),
        "method": "get",
    }
    visitor.get(f"{apache.url}/app/callback?{urlencode(named)}")
    return visitor


def kept(apache: Apache, kind: str) -> dict[str, object]:
    """What Apache wrote down."""
    name = quote(urlsplit(apache.site.issuer).netloc, safe="")
    found: dict[str, object] = json.loads((apache.folder / f"metadata/{name}.{kind}").read_text())
    return found


def test_apache_registers_itself_and_logs_people_in(place: Site) -> None:
    name = "metadata/" + quote(urlsplit(place.issuer).netloc, safe="")
    # It would ask for each way to answer that there is.
    asked = {"response_types": ["code"], "grant_types": ["authorization_code", "refresh_token"]}
    conf = {
        "registration_token": invited(place),
        "registration_endpoint_json": json.dumps(asked),
        "scope": "openid profile email",
    }
    with running_apache(place, SEVERAL, KEY, {f"{name}.conf": json.dumps(conf)}) as apache:
        (apache.folder / "metadata").chmod(0o777)
        visitor = come(apache)
        visitor.log_in()
        visitor.submit(f"{apache.url}/app/callback")
        shown = apache.environment(visitor)
        apache.show_errors()
        assert shown["OIDC_CLAIM_family_name"] == "Durand"
        told = kept(apache, "client")
        assert shown["OIDC_CLAIM_aud"] == told["client_id"]
        assert told["frontchannel_logout_uri"] == f"{apache.url}/app/callback?logout=get"
        assert kept(apache, "provider")["issuer"] == place.issuer
        # It asks no second time: whoever comes next is logged in by what it wrote down.
        assert come(apache).form("/password")
    with opened(place) as core, core.database.read() as tx:
        registered = core.applications.load(tx, str(told["client_id"]))
    assert registered is not None
    assert registered.name == "Page d’accueil"
