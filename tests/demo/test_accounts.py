# SPDX-License-Identifier: Apache-2.0
"""People from the terminal: passwords never in argv, every change with who typed it."""

import json

import click
import pytest

from connectors.base import Level
from idp.__main__ import program
from idp.accounts import service
from idp.accounts.values import State
from idp.cli.place import user_name
from idp.credentials import throttle
from idp.origin import Origin
from idp.sessions.values import Proof
from tests.demo.conftest import PASSWORD, add_claire

NEW = "une autre phrase de passe"
LIMITS = throttle.Limits(5, 60, 3600, 25, 100)


def test_an_account_is_made_listed_and_shown(sceau):
    add_claire(sceau, "--community", "onco-centre")
    listed = sceau.did("accounts", "list")
    assert "cdurand" in listed
    assert "Dürand-Œil" in listed
    assert "onco-centre" in sceau.did("accounts", "show", "claire@chu.example")
    (one,) = json.loads(sceau.did("accounts", "list", "--json", "--state", "active"))
    assert one["last name"] == "Dürand-Œil"
    assert sceau.did("accounts", "show", one["id"])
    assert "cdurand" not in sceau.did("accounts", "list", "--population", "patient")


def test_every_change_tells_the_audit_who_typed_it(claire):
    claire.did("accounts", "join", "cdurand", "onco-centre")
    claire.did("accounts", "leave", "cdurand", "onco-centre")
    claire.did("accounts", "disable", "cdurand")
    claire.did("accounts", "set-password", "cdurand", typed=NEW + "\n")
    claire.did("accounts", "unlock", "cdurand")
    kinds = ("created", "joined", "left", "state", "unlocked")
    for kind in (*(f"account.{one}" for one in kinds), "password.set"):
        events = claire.events(kind)
        assert events, kind
        for address, user, request in events:
            assert (address, user) == ("command line", user_name())
            assert len(request) == 16


@pytest.mark.parametrize("typed", ["onze signes", "", "cdurand\n", "cdurandcdurand"])
def test_cr_a_password_too_easy_is_refused_and_leaves_no_trace(sceau, typed):
    words = ["--population", "patient", "--identifier", "cdurandcdurand"]
    words += ["--first-name", "C", "--last-name", "D"]
    assert "password" in sceau.refused("accounts", "add", *words, typed=typed + "\n").lower()
    assert "cdurandcdurand" not in sceau.did("accounts", "list")


def test_no_command_takes_a_secret_as_an_argument():
    """Every process list shows arguments."""

    def options(command, path=""):
        for name, child in getattr(command, "commands", {}).items():
            yield from options(child, f"{path} {name}")
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.is_flag:
                yield path, parameter

    for path, option in options(program()):
        if "password" in str(option.name) or "secret" in str(option.name):
            assert isinstance(option.type, click.Path), f"{path} {option.name}"


def test_a_name_taken_is_refused_without_a_trace(claire):
    words = ["--population", "staff", "--first-name", "X", "--last-name", "Y", "--no-password"]
    for more in (["CDURAND"], ["other", "--email", "claire@chu.example"]):
        told = claire.refused("accounts", "add", *words, "--identifier", *more)
        assert "taken" in told
    assert len(claire.events("account.created")) == 1


def test_what_the_pages_could_not_hold_is_refused_all_at_once(sceau):
    words = ["--population", "patient", "--identifier", "x\x1b[2J", "--first-name", " "]
    words += ["--last-name", "x" * 200, "--email", "nowhere", "--birth-date", "30/11/1948"]
    told = sceau.refused("accounts", "add", *words, "--no-password")
    for word in ("identifier", "first-name", "last-name", "email", "birth-date"):
        assert word in told
    assert "no community" in sceau.refused(
        "accounts", "add", "--population", "patient", "--identifier", "xx", "--first-name", "x",
        "--last-name", "y", "--no-password", "--community", "nowhere",
    )  # fmt: skip


def test_a_name_that_steers_the_terminal_is_shown_harmless(claire):
    with claire.sql() as connection:
        connection.execute("UPDATE accounts SET last_name = 'x' || char(27) || '[2J'")
    assert "\x1b" not in claire.did("accounts", "list")
    assert "\x1b" not in claire.did("accounts", "show", "cdurand")


def log_in(core, who="cdurand"):
    with core.database.write() as tx:
        account = service.find(tx, who)
        proof = Proof("password", Level.PASSWORD, ("pwd",), core.clock.now(), "journey")
        _session, secret = core.sessions.open(tx, account, proof, Origin("192.0.2.1", "x", "y"))
    return secret


@pytest.mark.parametrize("words", [("disable",), ("close", "--yes"), ("set-password",)])
def test_se_sessions_end_and_stay_ended(claire, words):
    with claire.core() as core:
        secret = log_in(core)
        assert "session since" in claire.did("accounts", "show", "cdurand")
        verb, *options = words
        told = claire.did("accounts", verb, "cdurand", *options, typed=NEW + "\n")
        assert "1 session ended" in told
        # Opened again, the old session must not come back to life.
        claire("accounts", "enable", "cdurand")
        with core.database.read() as tx:
            assert core.sessions.find(tx, secret) is None


def test_a_closed_account_stays_closed(claire):
    assert claire("accounts", "close", "cdurand", typed="n\n").exit_code == 1
    claire.did("accounts", "close", "cdurand", typed="y\n")
    assert "closed" in claire.refused("accounts", "enable", "cdurand")
    assert "closed" in claire.refused("accounts", "disable", "cdurand")
    with claire.core() as core, core.database.read() as tx:
        assert service.load(tx, service.find(tx, "cdurand")).state is State.CLOSED


def test_cr_unlock_frees_this_account_and_no_other(claire):
    with claire.core() as core:
        with core.database.write() as tx:
            account = service.find(tx, "cdurand")
            keys = [throttle.account_key("password", account, one) for one in (None, b"d" * 16)]
            other = throttle.account_key("password", account[:-1], None)
            for key in (*keys, other):
                for _try in range(9):
                    throttle.reserve(tx, key, LIMITS, core.clock.now())
        assert "9 wrong tries" in claire.did("accounts", "show", "cdurand")
        assert "2 counters" in claire.did("accounts", "unlock", "cdurand")
        assert "wrong" not in claire.did("accounts", "show", "cdurand")
        with core.database.write() as tx:
            now = core.clock.now()
            verdicts = [
                throttle.reserve(tx, key, LIMITS, now).ruling.verdict for key in (*keys, other)
            ]
    free, blocked = throttle.Verdict.FREE, throttle.Verdict.BLOCKED
    assert verdicts == [free, free, blocked]


def test_a_new_password_replaces_the_old_one(claire):
    claire.did("accounts", "set-password", "cdurand", "--stdin", typed=NEW + "\n")
    with claire.core() as core:
        account = core.passwords.find("cdurand")
        assert core.passwords.match(account, NEW)
        assert not core.passwords.match(account, PASSWORD)


def test_somebody_unknown_is_told_so(sceau):
    for verb in ("show", "disable", "enable", "unlock", "set-password"):
        assert "There is no account" in sceau.refused("accounts", verb, "personne", typed=NEW)


def standing(sceau, who="cdurand"):
    with sceau.core() as core, core.database.read() as tx:
        account = service.load(tx, service.find(tx, who))
        return core.passwords.standing(tx, account.id, account.person.population)


def test_cr_045_cr_049_what_somebody_else_chose_is_replaced_and_ends(claire):
    made = standing(claire)
    assert (made.must_change, made.valid_until) == ("first", made.changed_at + 7 * 86_400)
    told = claire.did("accounts", "set-password", "cdurand", typed=NEW + "\n")
    assert "replaced at the next login" in told
    assert standing(claire).must_change == "reset"


def test_cr_045_a_reset_prints_a_temporary_password_once(claire):
    told = claire.did("accounts", "reset-password", "cdurand")
    password = told.partition("temporary password: ")[2].splitlines()[0]
    assert "within 7 days" in told
    assert standing(claire).must_change == "reset"
    with claire.core() as core:
        account = core.passwords.find("cdurand")
        assert core.passwords.match(account, password)
        assert not core.passwords.match(account, PASSWORD)
    again = claire.did("accounts", "reset-password", "cdurand")
    assert password not in again
    with claire.sql() as connection:
        dump = "\n".join(connection.iterdump())
    assert password not in dump


def test_an_identifier_is_made_from_the_name(claire):
    words = ["--population", "staff", "--first-name", "Cédric", "--last-name", "Dürand-Œil"]
    told = claire.did("accounts", "add", *words, "--temporary-password")
    assert told.startswith("cdurandoeil: made")
    assert "temporary password: " in told
    again = claire.did("accounts", "add", *words, "--no-password")
    assert again.startswith("cdurandoeil2: made")


@pytest.mark.parametrize("option", ["--email-verified", ""])
def test_an_address_counts_as_verified_where_somebody_says_so(claire, option):
    words = ["--population", "staff", "--first-name", "Zoé", "--last-name", "Blin"]
    words += ["--email", "zoe@region.example", "--no-password"]
    claire.did("accounts", "add", *words, *([option] if option else []))
    with claire.sql() as connection:
        known = "SELECT email_verified, phone_verified FROM accounts WHERE identifier = 'zblin'"
        assert connection.execute(known).fetchall() == [(int(bool(option)), 0)]


def test_an_identifier_taken_meanwhile_is_made_anew(claire, monkeypatch):
    from idp.cli import people

    real, answers = people.unused_name, iter(["first", "first"])
    # The name is free when it is looked at, and taken when it is stored.
    monkeypatch.setattr(people, "unused_name", lambda tx, name: next(answers, real(tx, name)))
    words = ["--population", "staff", "--first-name", "C", "--last-name", "Durand"]
    told = claire.did("accounts", "add", *words, "--no-password")
    assert told.startswith("cdurand2: made")


@pytest.mark.parametrize("typed", ["tilleul moulin jardin", "Claire tilleul moulin"])
def test_cr_035_cr_036_the_policy_holds_at_the_terminal_too(claire, typed):
    assert "password" in claire.refused("accounts", "set-password", "cdurand", typed=typed + "\n")
