# SPDX-License-Identifier: Apache-2.0
"""A provider as it is kept: of each protocol, and as it was written before there were two."""

import json

import pytest

from idp.db import table_of
from idp.providers.models import ProviderRow
from idp.providers.spoken import ByBrowser
from idp.providers.values import dump, read
from tests.provider_values import provider
from tests.saml_values import saml_provider

TABLE = table_of(ProviderRow)
# Word by word as the first release wrote it.
EARLIER = """{"protocol": "oidc", "enabled": true, "link_only": false, "name_fr": "le CHU",
"name_en": "the hospital", "issuer": "https://login.chu.example",
"description": "https://login.chu.example/.well-known/openid-configuration",
"origins": ["https://api.chu.example"], "algorithm": "ES256", "our_name": "sceau",
"secret": "theirs", "scope": ["email"], "level_words": "badge", "levels": {"badge": 2},
"max_age": 60, "finding": "link", "national_id": "", "first_name": "given_name",
"last_name": "family_name", "email": "email", "populations": ["professional"]}"""
KNOWN = provider(
    alias="chu",
    version=3,
    name_fr="le CHU",
    name_en="the hospital",
    issuer="https://login.chu.example",
    description="https://login.chu.example/.well-known/openid-configuration",
    origins=("https://api.chu.example",),
    algorithm="ES256",
    our_name="sceau",
    secret="theirs",
    scope=("email",),
    level_words="badge",
    levels={"badge": 2},
    max_age=60,
    first_name="given_name",
    last_name="family_name",
    email="email",
    populations=("professional",),
)


def test_what_was_kept_before_is_read():
    assert read("chu", 3, json.loads(EARLIER)) == KNOWN


def test_what_was_sealed_before_opens(sqlite_world):
    core = sqlite_world.core
    sealed = core.ring.seal(EARLIER.encode(), table="providers", column="document", row="chu:3")
    row = {
        "alias": "chu",
        "version": 3,
        "issuer": KNOWN.issuer,
        "document": sealed,
        "created_at": 1,
        "updated_at": 1,
    }
    with core.database.write() as tx:
        tx.execute(TABLE.insert(), row)
        assert core.providers.load(tx, "chu") == KNOWN
        assert core.providers.replace(tx, KNOWN)
        assert core.providers.load(tx, "chu").spoken == KNOWN.spoken


@pytest.mark.parametrize("one", [KNOWN, saml_provider(version=3, address="x", valid_until=1)])
def test_what_is_kept_is_read_as_it_was(one):
    kept = json.loads(json.dumps(dump(one)))
    assert read(one.alias, 3, kept) == one


def test_no_secret_is_shown():
    assert "theirs" not in repr(KNOWN)
    assert isinstance(saml_provider().spoken, ByBrowser)
