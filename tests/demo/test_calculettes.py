# SPDX-License-Identifier: Apache-2.0
"""Nomad readers from the terminal: by the file of their maker, or one by one."""

import base64
from pathlib import Path

import pytest

from idp.cli.place import user_name
from tests import pskc
from tests.demo.conftest import RING, SECOND
from tests.pskc import CARD, SECRET, SUITE

OTHER = "2600301753"
BATCH = ("--batch", "autumn 2026")
PINNED = "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1"
KEY = bytes(range(16))


@pytest.fixture
def owner(claire):
    """Somebody with two cards."""
    for card in (CARD, OTHER):
        claire.did("cards", "add", "cdurand", card, "--valid-until", "2099-01-31")
    return claire


def write(folder: Path, content: bytes, name: str = "readers.xml") -> str:
    file = folder / name
    file.write_bytes(content)
    return str(file)


def protected(*packages: str) -> bytes:
    mac_key = base64.b64encode(pskc.encrypt(b"m" * 20, KEY)).decode()
    return pskc.container(*packages, head=pskc.head(mac_key))


def sealed(card: str, secret: bytes = SECRET, **more: str) -> str:
    return pskc.package(pskc.seal(secret, KEY, b"m" * 20), card, **more)


def test_a_protected_file_is_brought_in_once(owner, tmp_path):
    file = write(tmp_path, protected(sealed(CARD), sealed(OTHER, secret=SECRET[::-1])))
    key = write(tmp_path, KEY.hex().encode() + b"\n", "key")
    words = ("calculettes", "import", file, *BATCH, "--key-file", key)
    assert "2 readers would be brought in" in owner.did(*words, "--dry-run")
    assert CARD not in owner.did("calculettes", "list")
    assert "2 readers brought in, 0 there already." in owner.did(*words)
    assert "0 readers brought in, 2 there already." in owner.did(*words)
    listed = owner.did("calculettes", "list", "--batch", "autumn 2026")
    assert listed.count("usable") == 2
    assert listed.count("cdurand") == 2
    assert "CARD" in owner.did("calculettes", "list", "--batch", "another")
    assert [one[:2] for one in owner.events("calculette.added")] == 2 * [
        ("command line", user_name())
    ]


def test_a_passphrase_is_typed_or_read_and_never_an_argument(owner, tmp_path):
    secret = pskc.boxed(pskc.RFC_PBE_BOXED, pskc.RFC_PBE_VALUE_MAC)
    head = pskc.head(pskc.RFC_PBE_MAC_KEY, pskc.derived())
    file = write(tmp_path, pskc.container(pskc.package(secret), head=head))
    told = owner.refused("calculettes", "import", file, *BATCH)
    assert "passphrase" in told
    words = ("calculettes", "import", file, *BATCH)
    assert "1 reader would" in owner.did(*words, "--ask-passphrase", "--dry-run", typed="qwerty\n")
    kept = write(tmp_path, b"qwerty\n", "passphrase")
    assert "1 reader brought in" in owner.did(*words, "--passphrase-file", kept)


def test_every_fault_is_told_and_nothing_is_written(owner, tmp_path):
    packages = [
        pskc.package(pskc.plain()),
        pskc.package(pskc.plain(), "2600309999"),
        pskc.package(pskc.plain(b"short"), OTHER),
        pskc.package(pskc.plain(b"\0" * 32), "2600301754"),
        pskc.package(pskc.plain(), "2600301755", suite="OCRA-1:HOTP-SHA1-6:QN08"),
        pskc.package(pskc.plain(), "2600301756", suite="nonsense"),
        pskc.package(pskc.plain(), "2600301757", suite=PINNED),
        pskc.package(pskc.plain(), "2600301758", suite=""),
        pskc.package(pskc.plain()),
    ]
    told = owner.refused(
        "calculettes", "import", write(tmp_path, pskc.container(*packages)), *BATCH
    )
    for part in (
        "line 13 (serial 2600309999): there is no card 2600309999",
        "5 bytes, not 20 to 128",
        "a placeholder",
        "answers have 8 digits here, not 6",
        "'nonsense' is no OCRA suite",
        "needs the card's own code",
        "nothing says its suite",
        f"the card {CARD} comes twice",
    ):
        assert part in told, part
    assert CARD not in owner.did("calculettes", "list")


def test_a_batch_has_one_suite(owner, tmp_path):
    file = write(tmp_path, pskc.container(pskc.package(pskc.plain())))
    owner.did("calculettes", "import", file, *BATCH)
    other = pskc.package(pskc.plain(), OTHER, suite="OCRA-1:HOTP-SHA256-8:QN08")
    file = write(tmp_path, pskc.container(other))
    assert f"ocra, {SUITE}" in owner.refused("calculettes", "import", file, *BATCH)
    assert "1 reader" in owner.did("calculettes", "import", file, "--batch", "winter")


def test_a_key_is_for_the_card_of_its_user(owner, tmp_path):
    file = write(
        tmp_path, pskc.container(pskc.package(pskc.plain(), "R-17", user=f"CN={CARD},O=X"))
    )
    owner.did("calculettes", "import", file, *BATCH)
    shown = owner.did("calculettes", "show", CARD)
    assert "R-17" in shown
    assert "cdurand" in shown


def test_one_by_one_with_what_is_secret_from_a_file_or_the_keyboard(owner, tmp_path):
    secret = write(tmp_path, SECRET.hex().encode(), "secret")
    words = ("calculettes", "add", f"CPS3v1-{CARD}", *BATCH, "--secret-file", secret)
    assert "needs the card's own code" in owner.refused(*words, "--suite", PINNED, typed="12\n")
    assert "brought in" in owner.did(*words, "--suite", PINNED, "--counter", "7", typed="1234\n")
    assert "already" in owner.did(*words, typed="1234\n")
    shown = owner.did("calculettes", "show", f"8025000001/{CARD}")
    assert PINNED in shown
    assert "7" in shown
    told = owner.refused("calculettes", "add", OTHER, *BATCH, typed="not hexadecimal\n")
    assert "not hexadecimal" not in told
    assert "is hidden" not in told
    pin = write(tmp_path, b"4711\n", "pin")
    typed = SECRET[::-1].hex() + "\n"
    assert "brought in" in owner.did(
        "calculettes", "add", OTHER, *BATCH, "--pin-file", pin, typed=typed
    )


def test_another_secret_does_not_take_the_place_of_the_one_there(owner, tmp_path):
    owner.did("calculettes", "add", CARD, *BATCH, "--suite", SUITE, typed=SECRET.hex() + "\n")
    typed = SECRET[::-1].hex() + "\n"
    told = owner.refused("calculettes", "add", CARD, *BATCH, typed=typed)
    assert "has another reader" in told
    owner.did("calculettes", "remove", CARD, "--yes")
    owner.did("calculettes", "add", CARD, *BATCH, typed=typed)
    assert len(owner.events("calculette.removed")) == 1


def test_put_right_switched_off_and_on(owner):
    owner.did("calculettes", "add", CARD, *BATCH, "--suite", SUITE, typed=SECRET.hex() + "\n")
    assert "Say the counter" in owner.refused("calculettes", "resync", CARD)
    assert "counter 90" in owner.did("calculettes", "resync", CARD, "--counter", "90")
    assert "never goes back" in owner.refused("calculettes", "resync", CARD, "--counter", "89")
    assert "off by -3 steps" in owner.did("calculettes", "resync", CARD, "--drift", "-3")
    owner.did("calculettes", "disable", CARD)
    assert "disabled" in owner.did("calculettes", "list")
    owner.did("calculettes", "enable", CARD)
    assert "usable" in owner.did("calculettes", "list")
    for kind in ("resynchronised", "disabled", "enabled"):
        assert owner.events(f"calculette.{kind}"), kind
    for verb in ("show", "disable", "enable", "resync", "remove"):
        more = {"resync": ("--drift", "1"), "remove": ("--yes",)}.get(verb, ())
        assert "No reader" in owner.refused("calculettes", verb, OTHER, *more)


def test_nothing_of_a_secret_is_kept_or_told_in_clear(owner):
    owner.did("calculettes", "add", CARD, *BATCH, "--suite", SUITE, typed=SECRET.hex() + "\n")
    with owner.sql() as connection:
        dump = "\n".join(connection.iterdump())
    for form in (SECRET.hex(), base64.b64encode(SECRET).decode(), SECRET.hex().upper()):
        assert form not in dump
        assert form not in owner.did("calculettes", "show", CARD)


def test_a_new_key_ring_seals_readers_anew(owner):
    owner.did("calculettes", "add", CARD, *BATCH, "--suite", SUITE, typed=SECRET.hex() + "\n")
    owner.environ["SCEAU_SECRETS_KEYS"] = f"{SECOND}\n{RING}"
    owner.did("keys", "reseal")
    owner.environ["SCEAU_SECRETS_KEYS"] = SECOND
    with owner.core() as core, core.database.read() as tx:
        (held,) = core.calculettes.usable(tx, core.calculettes.find(tx, CARD).account)
    assert held.secret == SECRET
