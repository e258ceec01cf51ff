# SPDX-License-Identifier: Apache-2.0
"""Neither list nor responder answers: what the policy says happens, and never silently (XC-015)."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from idp.db import Database
from idp.demo.pki_authority import Issued
from idp.demo.pki_revocation import DAY, Lists, Register
from idp.trust.pauses import Turns
from tests.trusting import Bench, host_of, open_trust, served, silence

HOUR = 3600
# Lists are good for two hours, and believed for four more where a policy says so.
LIFE, GRACE = 2 * HOUR, 4 * HOUR


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    """Lists alone, of two hours."""
    lists = Lists(Register(), valid=LIFE, delta_valid=LIFE)
    with served(database, lists=lists, grace=GRACE, refresh=HOUR) as opened:
        silence(opened, "/ocsp")
        opened.policies |= {"lax": "accept", "patient": "last-good", "strict": "refuse"}
        yield opened


def cut_off(bench: Bench) -> None:
    """From now on nothing is reached."""
    silence(bench, "/ocsp")
    for one in bench.pki.authorities.values():
        silence(bench, f"/CRL/{one.short}.crl", f"/CRL/{one.short}-delta.crl")


def verdicts(bench: Bench, one: Issued) -> list[str]:
    return [bench.verdict(one, who) for who in (None, "strict", "patient", "lax")]


def unsure(bench: Bench) -> list[dict[str, Any]]:
    return [json.loads(row.detail) for row in bench.events("trust.unsure")]


def test_xc_015_refused_unless_a_policy_says_otherwise(bench: Bench) -> None:
    one = bench.card()
    assert verdicts(bench, one) == ["certain"] * 4
    cut_off(bench)
    bench.clock.pass_by(LIFE - 1)
    assert verdicts(bench, one) == ["certain"] * 4
    assert unsure(bench) == []
    bench.clock.pass_by(1)
    assert verdicts(bench, one) == ["revocation-unknown", "revocation-unknown", "unsure", "unsure"]
    bench.clock.pass_by(GRACE - 1)
    assert verdicts(bench, one)[2:] == ["unsure", "unsure"]
    bench.clock.pass_by(1)
    assert verdicts(bench, one) == ["revocation-unknown"] * 3 + ["unsure"]


def test_xc_015_each_that_passes_is_told(bench: Bench) -> None:
    one = bench.card()
    bench.verdict(one)
    cut_off(bench)
    bench.clock.pass_by(LIFE)
    for who in ("lax", "lax", "patient", "strict"):
        bench.verdict(one, who)
    rows = bench.events("trust.unsure")
    assert [row.application for row in rows] == ["lax", "lax", "patient"]
    assert {row.outcome for row in rows} == {"flagged"}
    assert [one["policy"] for one in unsure(bench)] == ["accept", "accept", "last-good"]
    # The certificate's number, and nobody's name.
    assert unsure(bench)[0]["serial"] == f"{one.certificate.serial_number:x}"
    assert "899700000010" not in "".join(row.detail for row in rows)


def test_xc_015_without_any_list_the_last_good_one_says_nothing(bench: Bench) -> None:
    cut_off(bench)
    one = bench.card()
    assert verdicts(bench, one) == ["revocation-unknown"] * 3 + ["unsure"]


def test_xc_015_an_unknown_authority_above_counts_as_well(bench: Bench) -> None:
    """The card's own list is there, that of its authority's authority is not."""
    silence(bench, "/CRL/ACR-FO.crl", "/CRL/ACR-FO-delta.crl")
    assert bench.verdict(bench.card()) == "revocation-unknown"


def test_xc_015_a_clock_set_back_makes_nothing_certain(bench: Bench) -> None:
    """RL-09: a list of the future tells nobody how old it is."""
    one = bench.card()
    assert bench.verdict(one) == "certain"
    cut_off(bench)
    bench.clock.pass_by(-HOUR)
    assert verdicts(bench, one) == ["revocation-unknown"] * 3 + ["unsure"]


def asked(bench: Bench) -> int:
    assert bench.service is not None
    found = len(bench.service.asked)
    bench.service.asked.clear()
    return found


def test_xc_015_who_does_not_answer_is_not_waited_for_by_each_login(bench: Bench) -> None:
    one = bench.card()
    bench.verdict(one)
    cut_off(bench)
    bench.clock.pass_by(LIFE)
    asked(bench)
    assert bench.verdict(one) == "revocation-unknown"
    # Two authorities: a responder, a list and its changes each.
    assert asked(bench) == 6
    for _login in range(5):
        assert bench.verdict(one) == "revocation-unknown"
    assert asked(bench) == 0
    # Ten minutes of logins, one every five seconds: the pauses grow.
    for _login in range(120):
        bench.clock.pass_by(5)
        assert bench.verdict(one) == "revocation-unknown"
    assert 6 <= asked(bench) <= 24
    assert bench.service is not None
    bench.service.overrides.clear()
    bench.clock.pass_by(DAY)
    assert bench.verdict(one) == "certain"


def test_xc_015_many_logins_at_once_ask_once(database: Database) -> None:
    with served(database, refresh=HOUR) as bench:
        for one in bench.pki.authorities.values():
            silence(bench, f"/CRL/{one.short}.crl", f"/CRL/{one.short}-delta.crl")
        card = bench.card()
        with ThreadPoolExecutor(8) as people:
            found = list(people.map(lambda _number: bench.verdict(card), range(8)))
        assert found == ["certain"] * 8
        assert bench.service is not None
        # One for the card, one for its authority.
        assert bench.service.asked.count("/ocsp") == 2


def test_xc_015_nobody_waits_for_themselves(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has their turn for a certificate takes one for its list, too."""
    take = Turns.take

    def checked(turns: Turns, name: str, patience: float) -> Any:
        assert not any(one.locked() for one in turns._locks)
        return take(turns, name, patience)

    monkeypatch.setattr("idp.trust.pauses.TURNS", 1)
    monkeypatch.setattr(Turns, "take", checked)
    trust = open_trust(bench.database, bench.clock, {host_of(bench)})
    assert trust.judge(bench.card().der, None).certain
