# SPDX-License-Identifier: Apache-2.0
"""pcscd with a virtual reader, a PIV card in it, OpenSC's PKCS#11, pyscard, and the whole agent.

The virtual reader listens on every address: it runs in a network namespace of its own, and pcscd's
socket in a mount namespace.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509

from connectors.cps_card.statement import read_answer, read_statement, verify

MODULE = Path("/usr/lib/x86_64-linux-gnu/pkcs11/opensc-pkcs11.so")
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
# Mounts an empty folder where pcscd puts its socket, then becomes the story.
SHELL = 'mkdir -p /run/pcscd && mount -t tmpfs tmpfs /run/pcscd && exec "$@"'


@cache
def apart() -> list[str]:
    """The words that start a program in namespaces of its own; none where that is not permitted."""
    if shutil.which("unshare") is None:
        return []
    # Processes too: whatever becomes of the test, nothing of it is left running.
    usual = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    for words in (usual, [*usual, "--map-root-user"]):
        tried = subprocess.run(
            [*words, "sh", "-c", SHELL, "sh", "true"], capture_output=True, check=False, timeout=60
        )
        if tried.returncode == 0:
            return words
    return []


MISSING = [
    *(name for name in ("pcscd",) if shutil.which(name, path="/usr/sbin:/usr/bin") is None),
    *(str(path) for path in (MODULE, DRIVER) if not path.exists()),
    *(name for name in ("pkcs11", "smartcard") if importlib.util.find_spec(name) is None),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What happened; it takes half a minute, and is told once for all tests here."""
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)}")
    if not apart():
        pytest.skip("this system permits no namespaces")
    folder = tmp_path_factory.mktemp("pcscd")
    words = [sys.executable, "-m", "tests.agent.virtual_reader_story"]
    done = subprocess.run(
        [*apart(), "sh", "-c", SHELL, "sh", *words, str(MODULE), str(folder / "log")],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "HOME": str(folder), "PATH": f"{os.environ['PATH']}:/usr/sbin"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_readers_are_there_before_any_card(told):
    assert told["names"] == ["Virtual PCD 00 00", "Virtual PCD 00 01"]
    assert told["empty"] == ["absent", "absent"]
    assert told["without"] == [409, {"error": "no-card"}]


def test_a_card_that_is_put_in_is_read(told):
    reader = told["present"][0]
    assert (reader["card"], reader["serial"], reader["kind"]) == ("present", "2600301752", "cps")
    assert reader["label"] == "CLAIRE DURAND 2600301752"
    assert (reader["tries"], reader["pinpad"]) == (3, False)


def test_insertion_and_removal_are_seen_as_they_happen(told):
    first = [states[0] for states in told["moments"]]
    assert first == [
        *["reading", "present", "absent"] * 2,
        *["reading", "mute", "absent"],
    ]


def test_a_wrong_pin_is_counted_and_the_right_one_signs(told):
    assert told["asked"] == [[3, False], [2, True]]
    status, answer = told["signed"]
    assert status == 200
    signed = read_answer(answer["answer"])
    key = x509.load_der_x509_certificate(signed.certificate).public_key()
    assert verify(key, read_statement(told["statement"]), signed)


def test_the_server_hears_of_the_removal(told):
    assert told["beats"][0] == "present"
    assert told["beats"][-1] == "removed"
    assert told["beats"].count("removed") == 1


def test_the_last_try_of_a_real_counter_is_never_spent(told):
    assert told["last"] == [409, {"error": "last-try", "tries": 1}]


def test_a_card_that_answers_nothing_sensible_is_mute(told):
    assert told["mute"] == [409, {"error": "mute"}]
