# SPDX-License-Identifier: Apache-2.0
"""Identifier and password, apart from any page: what it asks its store, and what it says."""

import pytest

from connectors.base import Ask, Attempt, Evidence, Reason, Refused, Verified, VerifiedIdentity
from connectors.password.connector import PasswordConnector

FIRST = Attempt("j", None, "")
SECOND = Attempt("j", "claire-id", "")
CLAIRE = Verified(VerifiedIdentity("claire-id"), mark="mark of claire-id")


class Store:
    """Two people, and a record of what was asked."""

    def __init__(self):
        self.checked = []

    def find(self, identifier):
        return {"claire": "claire-id", "lucie": "lucie-id"}.get(identifier)

    def match(self, subject, password):
        self.checked.append(subject)
        right = (subject, password) in {("claire-id", "right"), ("lucie-id", "other")}
        return f"mark of {subject}" if right else None


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def connector(store):
    return PasswordConnector(store, longest_password=100)


def typed(identifier="claire", password="right"):
    return Evidence(form={"identifier": identifier, "password": password})


def test_it_asks(connector):
    assert connector.begin(FIRST) == Ask()


def test_the_right_password_verifies_its_owner(connector):
    assert connector.resume(FIRST, typed()) == CLAIRE


def test_a_wrong_one_does_not(connector):
    assert connector.resume(FIRST, typed(password="Right")) == Refused(Reason.WRONG)
    assert connector.resume(FIRST, typed("lucie")) == Refused(Reason.WRONG)


def test_cr_031_an_unknown_name_costs_a_check(connector, store):
    assert connector.resume(FIRST, typed("nobody")) == Refused(Reason.UNKNOWN)
    assert store.checked == [None]


@pytest.mark.parametrize("password", ["", "x" * 101, "é" * 51, "\ud800", "x" * 1_000_000])
def test_cr_033_what_cannot_be_a_password_is_refused_before_any_check(connector, store, password):
    assert connector.resume(FIRST, typed(password=password)) == Refused(Reason.MALFORMED)
    assert store.checked == []


def test_cr_033_the_longest_is_looked_at(connector, store):
    connector.resume(FIRST, typed(password="é" * 50))
    assert store.checked == ["claire-id"]


@pytest.mark.parametrize("identifier", ["", "x" * 257, "\ud800claire"])
def test_an_identifier_that_cannot_be_one_names_nobody(connector, identifier):
    assert connector.claimed(FIRST, typed(identifier)) is None


def test_a_second_factor_is_never_taken_from_the_form(connector):
    assert connector.claimed(SECOND, typed("lucie")) == "claire-id"
    assert connector.resume(SECOND, typed("lucie", "other")) == Refused(Reason.WRONG)
    assert connector.resume(SECOND, typed("lucie")) == CLAIRE


def test_a_store_that_says_yes_to_nobody_proves_nobody(connector, store):
    store.matches = lambda subject, password: True
    assert connector.resume(FIRST, typed("nobody")) == Refused(Reason.UNKNOWN)
