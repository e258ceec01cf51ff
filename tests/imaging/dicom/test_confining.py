# SPDX-License-Identifier: Apache-2.0
"""Whoever takes over the process of one file: what they may still do."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from imaging_app.dicom import confining
from imaging_app.dicom.limits import USUAL
from tests.imaging.dicom_files import image, written

PROGRAM = """
import json, sys
from imaging_app.dicom import child, confining, work
from imaging_app.dicom.lasting import Lasting

def taken_over(asked, handed=None):
    done = {{}}
    for name, deed in DEEDS.items():
        try:
            found = deed(asked)
            done[name] = "done" if found is None else str(found)
        except BaseException as fault:
            done[name] = type(fault).__name__
    return done, b""

{setup}
asked = json.loads(sys.argv[1])
work.do = taken_over
print(json.dumps(json.loads(child.answer(asked, Lasting())[0])))
"""
DEEDS = """
import ctypes, os, platform, resource, socket, subprocess, signal
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {"keyctl": 250, "perf": 298, "queue": 297, "ioprio": 251, "getfd": 438},
    "aarch64": {"keyctl": 219, "perf": 241, "queue": 240, "ioprio": 30, "getfd": 438},
}[platform.machine()]

def call(name, *words):
    found = getattr(libc, name, None)
    found = found(*words) if found else libc.syscall(NUMBERS[name], *words)
    if found < 0:
        raise OSError(ctypes.get_errno(), name)

other = Path(json.loads(sys.argv[1])["other"])
outer = os.getpid()
DEEDS = {
    "itself": lambda asked: Path(asked["path"]).read_bytes() and None,
    "code": lambda asked: Path(confining.__file__).read_bytes() and None,
    "import": lambda asked: __import__("sqlite3.dbapi2") and None,
    "passwords": lambda asked: Path("/etc/passwd").read_bytes(),
    "other": lambda asked: other.read_bytes(),
    "list": lambda asked: os.listdir(other.parent),
    "empty": lambda asked: os.truncate(other, 0),
    "remove": lambda asked: other.unlink(),
    "rename": lambda asked: other.rename(other.with_name("gone")),
    "rights": lambda asked: other.chmod(0o777),
    "make": lambda asked: other.with_name("new").touch(),
    "link": lambda asked: other.with_name("link").symlink_to(other),
    "internet": lambda asked: socket.socket(),
    "neighbour": lambda asked: socket.socket(socket.AF_UNIX),
    "pair": lambda asked: socket.socketpair(),
    "program": lambda asked: os.execv("/bin/true", ["true"]),
    "parent": lambda asked: os.kill(os.getppid(), 0),
    "memory": lambda asked: Path(f"/proc/{os.getppid()}/mem").open("rb"),
    "limits": lambda asked: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)) and None,
    "its own": lambda asked: resource.prlimit(0, resource.RLIMIT_CORE, (0, 0)) and None,
    "priority": lambda asked: os.setpriority(os.PRIO_PROCESS, os.getppid(), 1),
    "scheduler": lambda asked: os.sched_setscheduler(
        os.getppid(), os.SCHED_BATCH, os.sched_param(0)
    ),
    "processors": lambda asked: os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0)),
    "disk": lambda asked: call("ioprio", 1, os.getppid(), 0x4007),
    "shared": lambda asked: call("shmget", 0x5CEA, 1, 0),
    "semaphores": lambda asked: call("semget", 0x5CEA, 1, 0),
    "messages": lambda asked: call("msgget", 0x5CEA, 0),
    "queue": lambda asked: call("mq_open", b"/sceau-not-there", os.O_RDWR),
    "no queue": lambda asked: call("mq_unlink", b"/sceau-not-there"),
    "signal": lambda asked: call("sigqueue", os.getppid(), 0, None),
    "signal to a thread": lambda asked: call("tgkill", os.getppid(), os.getppid(), 0),
    "queued to a thread": lambda asked: call("queue", os.getppid(), os.getppid(), 0, None),
    "itself by a signal": lambda asked: call("tgkill", os.getpid(), os.getpid(), 0),
    "keys": lambda asked: call("keyctl", 0, -3, 0),
    "counters": lambda asked: call("perf", None, 0, -1, -1, 0),
    "opened by another": lambda asked: call("getfd", -1, 0, 0),
    "times": lambda asked: os.utime(other, (0, 0)),
    "attributes": lambda asked: os.removexattr(other, "user.not-there"),
    "environment": lambda asked: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
}
"""
FREE = {"itself", "code", "import", "its own", "itself by a signal"}


def run(tmp_path: Path, setup: str, whose: str = "") -> dict[str, str]:
    """What the process of a file, or of a sender, did, in a child that is not ours."""
    mine, other = tmp_path / "mine" / "one.dcm", tmp_path / "others" / "secret"
    for one in (mine, other):
        one.parent.mkdir()
        one.write_bytes(written(image()))
    asked = {"do": "read", "path": str(mine), "other": str(other), "limits": asdict(USUAL)}
    asked["whose"] = whose
    answer = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM.format(setup=setup), json.dumps(asked)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
        capture_output=True,
        check=True,
        timeout=120,
    )
    found: dict[str, str] = json.loads(answer.stdout)
    assert other.read_bytes() == mine.read_bytes()
    assert sorted(one.name for one in other.parent.iterdir()) == ["secret"]
    return found


@pytest.mark.skipif(
    not (confining.landlock() >= 3 and confining.has_filter()),
    reason="a kernel without Landlock, or a processor whose calls we do not know",
)
def test_it_opens_its_file_and_no_other_and_speaks_to_nobody(tmp_path):
    found = run(tmp_path, DEEDS)
    assert {name for name, told in found.items() if told == "done"} == FREE, found
    assert {told for name, told in found.items() if name not in FREE} == {"PermissionError"}, found


@pytest.mark.skipif(
    not (confining.landlock() >= 3 and confining.has_filter()),
    reason="a kernel without Landlock, or a processor whose calls we do not know",
)
def test_one_that_lasts_for_a_senders_files_opens_not_even_those(tmp_path):
    found = run(tmp_path, DEEDS, "690000001")
    assert {name for name, told in found.items() if told == "done"} == FREE - {"itself"}, found
    refused = {told for name, told in found.items() if name not in FREE or name == "itself"}
    assert refused == {"PermissionError"}, found


@pytest.mark.skipif(not confining.has_filter(), reason="calls are not filtered here")
def test_that_it_gave_up_is_told(tmp_path):
    found = run(tmp_path, "DEEDS = {'itself': lambda asked: __import__('os').abort()}\n")
    assert found == {"refused": "crashed", "detail": "SIGABRT"}


def test_where_the_kernel_has_neither_files_are_read_all_the_same(tmp_path):
    setup = "confining.landlock = lambda: 0\nconfining.has_filter = lambda: False\n"
    setup += "DEEDS = {'itself': lambda asked: open(asked['path'], 'rb').read() and None}\n"
    assert run(tmp_path, setup) == {"itself": "done"}


def test_where_it_fails_nothing_is_read(tmp_path):
    setup = "def broken(*_told): raise OSError('rules')\nconfining._restrict = broken\n"
    setup += "confining.landlock = lambda: 1\nDEEDS = {'itself': lambda asked: None}\n"
    assert run(tmp_path, setup)["refused"] == "crashed"


@pytest.mark.parametrize(
    ("version", "rights", "words"),
    [(1, 13, 1), (2, 14, 1), (3, 15, 1), (4, 15, 2), (5, 16, 2), (6, 16, 3), (9, 16, 3)],
)
def test_each_version_is_asked_for_what_it_knows(version, rights, words, monkeypatch, tmp_path):
    made = []

    def call(number, *told):
        made.append((number, told))
        return os.open(os.devnull, os.O_RDONLY) if number == confining.MAKE_RULES else 0

    monkeypatch.setattr(confining, "_call", call)
    (tmp_path / "one").touch()
    confining._restrict(version, tmp_path / "one")
    about = made[0][1][0]
    assert len(about) == 8 * words
    assert int.from_bytes(about[:8], sys.byteorder) == (1 << rights) - 1
    assert made[-1][0] == confining.RESTRICT
