# SPDX-License-Identifier: Apache-2.0
"""Every registered means keeps the contract; a new one is found without being named here."""

import pytest

from connectors.base import Ask, Attempt, Evidence, Level, Verified, VerifiedIdentity
from connectors.registry import KINDS
from tests.connectors import contract
from tests.world import open_world

# Everything that an operator may set up, and nobody behind it.
EVERY_MEANS = {
    "PSC_ENVIRONMENT": "other",
    "PSC_ISSUER": "http://localhost:1",
    "PSC_CLIENT_ID": "sceau",
    "PSC_CIBA": "true",
    "PSC_CLIENT_SECRET": "a-secret-that-is-theirs",
    "OUTGOING_ALLOW": "localhost:1",
}


@pytest.fixture
def whole_world(sqlite_url):
    opened = open_world(sqlite_url, **EVERY_MEANS)
    yield opened
    opened.close()


@pytest.fixture
def connector(request, whole_world, cheap_hashing):
    cheap_hashing(whole_world)
    return whole_world.provider.services.connectors[request.param]


def test_every_means_is_held_to_the_contract(whole_world):
    connectors = whole_world.provider.services.connectors
    assert set(connectors) == set(KINDS)
    assert all(kind == connector.kind for kind, connector in connectors.items())


@pytest.mark.parametrize("connector", KINDS, indirect=True)
class TestContract:
    def test_it_has_a_name_methods_and_a_level(self, connector):
        contract.has_a_name_methods_and_a_level(connector)

    def test_it_begins_without_proof(self, connector):
        contract.begins_without_proof(connector)

    def test_it_refuses_garbage(self, connector):
        contract.refuses_garbage(connector)

    def test_it_names_nobody_but_the_person_known(self, connector):
        contract.names_nobody_but_the_person_known(connector)

    def test_it_has_its_page(self, connector):
        contract.has_its_page(connector)

    def test_it_shows_no_secret(self, connector):
        contract.shows_no_secret(connector, "a-secret-nobody-types-0123456789")


class Careless:
    """A means with every fault that the contract knows."""

    kind = "careless"
    methods = ("password",)
    level = 1

    def begin(self, attempt):
        return Verified(VerifiedIdentity("somebody"))

    def claimed(self, attempt, evidence):
        return "somebody"

    def resume(self, attempt, evidence):
        self.last = evidence.form.get("code")
        if not evidence.form:
            return Ask(state={"not": {"json"}})
        return Verified(VerifiedIdentity(evidence.form["identifier"]))

    def __repr__(self):
        return f"Careless({getattr(self, 'last', '')})"


@pytest.mark.parametrize(
    "promise",
    [
        contract.has_a_name_methods_and_a_level,
        contract.begins_without_proof,
        contract.refuses_garbage,
        contract.names_nobody_but_the_person_known,
        contract.has_its_page,
        lambda one: contract.shows_no_secret(one, "a-secret"),
    ],
)
def test_a_careless_means_breaks_each_promise(promise):
    with pytest.raises((AssertionError, KeyError)):
        promise(Careless())


def test_evidence_shows_no_value():
    evidence = Evidence(form={"password": "s3cret"}, query={"q": "s3cret"})
    assert "s3cret" not in repr(evidence)
    assert Attempt("j", None, "").state == {}
    assert [int(level) for level in Level] == [1, 2, 3]
