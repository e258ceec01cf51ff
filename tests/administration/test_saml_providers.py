# SPDX-License-Identifier: Apache-2.0
"""Providers that speak SAML in the console: by metadata at an address, in a file or pasted."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from connectors.ports import HttpAnswer
from idp.administration.outcomes import Unfit
from idp.administration.rules.provider_faults import faults_of
from idp.administration.rules.provider_metadata import fingerprint_of
from idp.saml.names import MD, REDIRECT
from idp.saml.signatures import bare
from idp.saml.writing import moment
from tests import cast
from tests.administration.console_kit import form_to, send
from tests.administration.kit import Opened, open_office
from tests.prosante import leave_for
from tests.protocol.saml.messages import IDP, certificate, signed
from tests.provider_values import changed
from tests.providers import APPLICATIONS, KIND, arrive, keep, register
from tests.saml_provider import DOCTOR, come_back, link_saml
from tests.saml_upstream import LOGIN, metadata
from tests.saml_values import saml_provider
from tests.world import START, StandingClock, open_world

ADDRESS = "https://idp.example/metadata"
TYPED = {"alias": "chu", "name_fr": "le CHU", "name_en": "the hospital"}
DAY = 86_400
UNTIL = f'validUntil="{moment(START + 7 * DAY)}"'
KNOWN = bare(certificate("saml honest"))
SEVERAL = f'<md:EntitiesDescriptor xmlns:md="{MD}">{{}}</md:EntitiesDescriptor>'


class There:
    """What is at an address, without any network."""

    def __init__(self) -> None:
        self.document: bytes | None = None
        self.asked: list[str] = []

    def fetch(self, _method: str, url: str, *_more: Any) -> HttpAnswer | None:
        self.asked.append(url)
        return None if self.document is None else HttpAnswer(200, self.document, "")


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def here(clock, database_url, monkeypatch) -> Iterator[Opened]:
    for key, document in APPLICATIONS.items():
        monkeypatch.setitem(cast.APPLICATIONS, key, document)
    world = open_world(database_url, clock)
    yield open_office(world)
    world.close()


@pytest.fixture
def there(here) -> There:
    found = There()
    here.world.provider.services.office.providers._metadata._new_way = lambda: found
    return found


def kept(here: Opened) -> Any:
    with here.world.core.database.read() as tx:
        return here.world.core.providers.load(tx, "chu")


def look(here: Opened, document: bytes):
    """A super-administrator who has pasted metadata."""
    browser = here.enter("administrateur")
    browser.get("/admin/providers/look")
    [url] = {one["action"] for one in browser.page.select("main form")}
    fields = form_fields(browser, "saml")
    browser.post(url, fields | {"document": document.decode()})
    return browser


def form_fields(browser: Any, protocol: str) -> dict[str, str]:
    """The hidden fields of the form for one protocol."""
    mark = browser.page.select_one(f"main input[name=protocol][value={protocol}]")
    return {
        one["name"]: one.get("value", "")
        for one in mark.find_parent("form").select("input[type=hidden]")
    }


def test_a_provider_from_its_pasted_metadata_to_a_login(here):
    browser = look(here, metadata())
    # What was found is shown, and nothing is kept yet.
    assert browser.last.status_code == 200
    shown = browser.page.select_one("main").get_text()
    assert LOGIN in shown
    assert fingerprint_of(KNOWN) in shown
    assert browser.page.select_one("#follow") is None
    assert kept(here) is None
    # What is wrong is told, and what was found is still there.
    assert send(browser, "/new", **TYPED, levels="urn:x = 4") == 422
    assert browser.page.select_one("#levels-error") is not None
    assert fingerprint_of(KNOWN) in browser.page.select_one("main").get_text()
    assert send(browser, "/new", **TYPED, levels="urn:x = 2") == 200
    assert browser.last.request.path == "/admin/providers/chu"
    assert "https://sceau.example/upstream/saml/chu/metadata" in browser.page.get_text()
    assert kept(here).spoken.certificates == (KNOWN,)
    assert (kept(here).issuer, kept(here).levels) == (IDP, {"urn:x": 2})
    assert len(here.world.events("provider.added")) == 1
    register(here.world.core)
    link_saml(here.world, "medecin", DOCTOR)
    visitor = arrive(here.world)
    answer = come_back(here.world, visitor, leave_for(visitor, KIND))
    assert "code" in here.world.client("linked").answered(answer)


def test_metadata_as_a_file(here):
    browser = here.enter("administrateur")
    browser.get("/admin/providers/look")
    fields = form_fields(browser, "saml")
    # Larger than any other form of ours may be.
    filled = metadata().replace(
        b"</md:IDPSSODescriptor>", b"</md:IDPSSODescriptor>" + b" " * 90_000
    )
    data = fields | {"file": (BytesIO(filled), "idp.xml")}
    browser.post("/admin/providers/look", data)
    assert browser.last.status_code == 200
    assert form_to(browser, "/new").select_one("input[name=issuer]")["value"] == IDP
    data = fields | {"file": (BytesIO(b"x" * 510_000), "idp.xml")}
    assert browser.post("/admin/providers/look", data).status_code in {413, 422}


def test_metadata_at_an_address_is_followed_where_it_is_signed_and_ends(here, there):
    there.document = signed(metadata(until=UNTIL), name="saml other")
    browser = here.enter("administrateur")
    browser.get("/admin/providers/look")
    fields = form_fields(browser, "saml")
    browser.post("/admin/providers/look", fields | {"metadata_address": ADDRESS})
    assert there.asked == [ADDRESS]
    assert browser.page.select_one("#follow[checked]") is not None
    assert send(browser, "/new", **TYPED, follow="yes") == 200
    found = kept(here).spoken
    signer = bare(certificate("saml other"))
    assert (found.address, found.signer) == (ADDRESS, signer)
    assert found.valid_until == START + 7 * DAY


@pytest.mark.parametrize(
    "document", [metadata(until=UNTIL), signed(metadata())], ids=["unsigned", "endless"]
)
def test_sm_070_what_is_not_signed_or_never_ends_is_not_followed(here, there, document):
    there.document = document
    browser = here.enter("administrateur")
    browser.get("/admin/providers/look")
    fields = form_fields(browser, "saml")
    browser.post("/admin/providers/look", fields | {"metadata_address": ADDRESS})
    assert browser.page.select_one("#follow") is None
    # Nor where somebody says so by hand.
    assert send(browser, "/new", **TYPED, follow="yes", address=ADDRESS) == 422
    assert kept(here) is None


@pytest.mark.parametrize(
    "document",
    [
        b"nothing",
        metadata(key=""),
        metadata(
            login=f'<md:SingleSignOnService Binding="{REDIRECT}" Location="http://x.example/"/>'
        ),
        metadata(until=f'validUntil="{moment(START)}"'),
        metadata(role='protocolSupportEnumeration="urn:other"'),
        signed(metadata()).replace(LOGIN.encode(), b"https://evil.example/sso"),
        SEVERAL.format(metadata().decode()).encode(),
    ],
    ids=["nothing", "no key", "no login", "over", "another protocol", "changed", "several"],
)
def test_what_can_not_be_gone_by_is_told_at_its_field(here, document):
    browser = look(here, document)
    assert browser.last.status_code == 422
    assert browser.page.select_one("#document-error") is not None


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x",
        "https://127.0.0.1:8443/",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/",
        "https://localhost/",
        "http://idp.example/",
        "file:///etc/passwd",
        "https://user@idp.example/",
        "nothing",
        "",
    ],
)
def test_br_015_nothing_is_looked_at_inside(sqlite_office: Opened, address: str) -> None:
    desk = sqlite_office.world.provider.services.office.providers
    found = desk.look_at_metadata(sqlite_office.authority("administrateur"), address)
    assert isinstance(found, Unfit)
    assert found.fields == ("address",)
    assert found.why in {"address", "unreachable"}


def test_its_settings_are_changed_and_its_metadata_stays(here):
    browser = look(here, metadata())
    send(browser, "/new", **TYPED)
    browser.get("/admin/providers/chu/edit")
    assert browser.page.select_one("input[name=login]") is None
    # Whatever is sent beside is not what the metadata said.
    assert send(browser, "/edit", name_fr="la clinique", login="https://evil.example/") == 200
    found = kept(here)
    assert (found.name_fr, found.spoken.login, found.version) == ("la clinique", LOGIN, 2)


def test_its_metadata_is_read_again_and_seen_before_it_counts(here):
    browser = look(here, metadata())
    send(browser, "/new", **TYPED)
    register(here.world.core)
    link_saml(here.world, "medecin", DOCTOR)
    newer = metadata().replace(KNOWN.encode(), bare(certificate("saml other")).encode())
    newer = newer.replace(LOGIN.encode(), b"https://idp.example/other")
    browser.get("/admin/providers/chu/metadata")
    assert send(browser, "/metadata", document=newer.decode()) == 200
    rows = [one.get_text() for one in browser.page.select("main tbody tr")]
    assert len(rows) == 3
    assert kept(here).version == 1
    assert send(browser, "/metadata") == 200
    assert browser.last.request.path == "/admin/providers/chu"
    assert kept(here).spoken.login == "https://idp.example/other"
    assert kept(here).spoken.certificates == (bare(certificate("saml other")),)
    assert len(here.world.events("provider.changed")) == 1
    # Looked at before somebody else changed it, it is not taken over.
    browser.get("/admin/providers/chu/metadata")
    send(browser, "/metadata", document=metadata().decode())
    with here.world.core.database.write() as tx:
        assert here.world.core.providers.replace(tx, kept(here))
    assert send(browser, "/metadata") == 422
    assert kept(here).spoken.login == "https://idp.example/other"


def followed(here: Opened) -> Any:
    """One whose metadata is fetched again, signed by « saml other »; an administrator at it."""
    signer = bare(certificate("saml other"))
    keep(here.world, saml_provider(address=ADDRESS, signer=signer, valid_until=START + 7 * DAY))
    return here.enter("administrateur")


def read_again(browser: Any, **where: str) -> str:
    """What the page says that would change."""
    browser.get("/admin/providers/chu/metadata")
    assert send(browser, "/metadata", **({"metadata_address": "", "document": ""} | where)) == 200
    return browser.page.select_one("main tbody").get_text(" ")


def test_sm_070_another_signer_is_seen_before_it_is_believed(here, there):
    browser = followed(here)
    browser.get("/admin/providers/chu")
    pinned = fingerprint_of(bare(certificate("saml other")))
    assert pinned in browser.page.select_one("main").get_text()
    there.document = signed(metadata(until=UNTIL), name="saml evil")
    rows = read_again(browser, metadata_address=ADDRESS)
    assert pinned in rows
    assert fingerprint_of(bare(certificate("saml evil"))) in rows


def test_what_is_followed_no_more_is_seen_before(here):
    browser = followed(here)
    rows = read_again(browser, document=metadata(until=UNTIL).decode())
    assert ADDRESS in rows
    assert send(browser, "/metadata") == 200
    assert (kept(here).spoken.address, kept(here).spoken.signer) == ("", "")


def test_a_document_by_the_same_signer_ends_no_following(here):
    browser = followed(here)
    until = START + 9 * DAY
    document = signed(metadata(until=f'validUntil="{moment(until)}"'), name="saml other")
    rows = read_again(browser, document=document.decode())
    assert ADDRESS not in rows
    assert len(browser.page.select("main tbody tr")) == 1
    before = kept(here).spoken
    assert send(browser, "/metadata") == 200
    after = kept(here).spoken
    assert (after.address, after.signer) == (before.address, before.signer)
    assert after.valid_until == until


def test_metadata_of_somebody_else_takes_nobodys_place(here):
    browser = look(here, metadata())
    send(browser, "/new", **TYPED)
    browser.get("/admin/providers/chu/metadata")
    other = metadata(entity='entityID="https://evil.example/saml"').decode()
    assert send(browser, "/metadata", document=other) == 422
    assert browser.page.select_one("#document-error") is not None
    desk = here.world.provider.services.office.providers
    wished = changed(kept(here), issuer="https://evil.example/saml")
    with here.world.core.database.write() as tx:
        done = desk.edit(tx, here.authority("administrateur"), wished)
    assert done == Unfit("other-name", ("issuer",))


WRONG = {
    "issuer": ["", "x" * 513, "a\nb"],
    "login": ["", "https://" + "x" * 1100],
    "certificates": [(), (KNOWN,) * 9],
    "address": ["http://idp.example/", "https://127.0.0.1:1/x y"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, one) for name, values in WRONG.items() for one in values]
)
def test_what_can_not_be_kept_is_told_at_its_field(name: str, value: object) -> None:
    good = saml_provider(signer=KNOWN)
    assert faults_of(good, ()) == ()
    assert name in faults_of(changed(good, **{name: value}), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("login", "http://idp.example/sso"),
        ("login", "javascript:alert(1)"),
        ("certificates", ("nothing",)),
        ("signer", "nothing"),
    ],
)
def test_what_nobody_can_go_by_is_not_kept(sqlite_office: Opened, name: str, value: Any) -> None:
    desk = sqlite_office.world.provider.services.office.providers
    with sqlite_office.world.core.database.write() as tx:
        done = desk.add(
            tx, sqlite_office.authority("administrateur"), saml_provider(**{name: value})
        )
    assert isinstance(done, Unfit)
    assert done.fields == (name if name != "signer" else "address",)
