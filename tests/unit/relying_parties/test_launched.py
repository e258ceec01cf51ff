# SPDX-License-Identifier: Apache-2.0
"""What the kit reads of a launch, and what of it an application never sees."""

import pytest

from relying_parties.kit.client import read_tokens
from relying_parties.kit.launched import read_launched
from relying_parties.kit.store import Tokens

SOURCE = {"iss": "https://hm.example", "name": "Hôpital Manager", "establishment": "370000481"}
PATIENT = {"file": "2026-0417", "birth_date": "1961-03-12", "family_name": "AUBÉPINE"}
BOTH = {"software": "Hôpital Manager", "establishment": "370000481"}


def told(**context):
    return {"launch_context": {"source": SOURCE, "patient": PATIENT} | context}


def test_a_launch_as_documented():
    assert read_launched(told()) == PATIENT | BOTH


@pytest.mark.parametrize("answer", [{}, {"launch_context": None}, {"launch_context": []}])
def test_no_launch(answer):
    assert read_launched(answer) == {}


@pytest.mark.parametrize(
    "patient",
    [
        None,
        [],
        "2026-0417",
        {"file": "2026-0417"},
        {"birth_date": "1961-03-12"},
        PATIENT | {"file": 20260417},
        PATIENT | {"file": ""},
        PATIENT | {"file": "x" * 257},
        PATIENT | {"birth_date": "1961\n"},
    ],
)
def test_half_a_file_is_none(patient):
    assert read_launched(told(patient=patient)) == BOTH


def test_what_is_not_documented_is_left_out():
    assert read_launched(told(patient=PATIENT | {"diagnosis": "C50"})) == PATIENT | BOTH
    assert read_launched(told(source=None, patient=PATIENT)) == PATIENT | {
        "software": "",
        "establishment": "",
    }


def test_it_comes_with_the_tokens():
    answer = {"access_token": "a", "token_type": "Bearer", "expires_in": 60} | told()
    found = read_tokens(answer, 0)
    assert isinstance(found, Tokens)
    assert found.launched == PATIENT | BOTH
