# SPDX-License-Identifier: Apache-2.0
"""XC-012: a list about fewer certificates never stands in for the one that we have."""

from typing import Any

import pytest
from cryptography import x509

from idp.db import Database
from idp.demo.pki_revocation import DAY
from tests.security.test_xc_lists import (
    HOUR,
    address,
    made,
    point,
    renew,
    serve,
    without_responder,
)
from tests.trusting import Bench, served

PLACE = "/CRL/ACI-FO-PP.crl"


def places(bench: Bench, *more: str) -> list[x509.GeneralName]:
    assert bench.service is not None
    return [one for path in (PLACE, *more) for one in address(bench.service.address + path)]


def scope(bench: Bench, which: str) -> dict[str, Any]:
    """What makes a list one of these."""
    changes: dict[str, dict[str, Any]] = {
        "people": {"only_contains_user_certs": True},
        "authorities": {"only_contains_ca_certs": True},
        "here": {"full_name": places(bench)},
        "here and there": {"full_name": places(bench, "/CRL/more.crl")},
        "elsewhere": {"full_name": address("http://localhost:9/CRL/other.crl")},
        "authorities here": {"full_name": places(bench), "only_contains_ca_certs": True},
    }
    return {} if which == "all" else {"extensions": [point(**changes[which])]}


@pytest.mark.parametrize(
    ("held", "other"),
    [
        ("all", "authorities"),
        ("all", "people"),
        ("all", "elsewhere"),
        ("all", "here"),
        ("people", "authorities"),
        ("here", "elsewhere"),
        ("here and there", "here"),
        ("here", "authorities here"),
    ],
)
def test_xc_012_a_list_about_fewer_is_not_taken_while_ours_is_in_its_time(
    database: Database, held: str, other: str
) -> None:
    with served(database, refresh=HOUR) as bench:
        without_responder(bench)
        one = bench.card()
        serve(bench, "ACI-FO-PP", made(bench, 5, one, **scope(bench, held)))
        assert bench.verdict(one) == "revoked"
        bench.clock.pass_by(1)
        serve(bench, "ACI-FO-PP", made(bench, 99, **scope(bench, other)))
        assert "fewer" in renew(bench)["ACI-FO-PP.crl"]
        assert bench.verdict(one) == "revoked"
        assert "fewer" in bench.sources()["ACI-FO-PP.crl"].fault
        # An authority may put its lists in another order: once that one is over it is taken.
        bench.clock.pass_by(DAY)
        serve(bench, "ACI-FO-PP", made(bench, 100, **scope(bench, other)))
        assert renew(bench)["ACI-FO-PP.crl"] == ""


@pytest.mark.parametrize(
    ("held", "other"),
    [
        ("all", "all"),
        ("here", "here"),
        ("people", "all"),
        ("authorities", "all"),
        ("here", "here and there"),
        ("here", "all"),
    ],
)
def test_xc_012_one_about_as_many_or_more_is(database: Database, held: str, other: str) -> None:
    with served(database, refresh=HOUR) as bench:
        without_responder(bench)
        one = bench.card()
        serve(bench, "ACI-FO-PP", made(bench, 5, **scope(bench, held)))
        assert bench.verdict(one) != "revoked"
        bench.clock.pass_by(1)
        serve(bench, "ACI-FO-PP", made(bench, 6, one, **scope(bench, other)))
        assert renew(bench)["ACI-FO-PP.crl"] == ""
        assert bench.verdict(one) == "revoked"


def test_xc_012_nor_are_changes_about_fewer(database: Database) -> None:
    with served(database, refresh=HOUR) as bench:
        without_responder(bench)
        one = bench.card()
        serve(bench, "ACI-FO-PP", made(bench, 5))
        serve(bench, "ACI-FO-PP", made(bench, 6, one, base=5), changes=True)
        assert bench.verdict(one) == "revoked"
        bench.clock.pass_by(1)
        changes = made(bench, 99, base=5, **scope(bench, "authorities"))
        serve(bench, "ACI-FO-PP", changes, changes=True)
        assert "fewer" in renew(bench)["ACI-FO-PP-delta.crl"]
        assert bench.verdict(one) == "revoked"
