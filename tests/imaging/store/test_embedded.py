# SPDX-License-Identifier: Apache-2.0
"""Faults of the disk, and who may read it."""

import errno
import os

import pytest

from imaging_app.store import embedded
from imaging_app.store.embedded import Folders, blocks_of
from imaging_app.store.port import Trouble
from tests.imaging.store.test_contract import CONTENT, HERE, received


@pytest.fixture
def store(tmp_path):
    return Folders(tmp_path / "store")


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_takes_nothing_and_keeps_nothing(store, tmp_path, monkeypatch, call):
    def full(*_told):
        raise OSError(errno.ENOSPC, "no space")

    if call == "write":
        monkeypatch.setattr(embedded, "memoryview", full, raising=False)
    else:
        monkeypatch.setattr(embedded.os, "fsync", full)
    assert store.receive([CONTENT], 1 << 20) == Trouble.NO_ROOM
    assert files(tmp_path) == []


def test_a_disk_that_is_really_full(tmp_path):
    """Linux has a file that is always full."""
    store = Folders(tmp_path / "store")
    link = tmp_path / "store" / "incoming"
    link.rmdir()
    link.symlink_to("/dev")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded.secrets, "token_hex", lambda _n: "full")
        patch.setattr(embedded.os, "O_EXCL", 0)
        patch.setattr(embedded, "_forget", lambda _path: None)
        assert store.receive([CONTENT], 1 << 20) == Trouble.NO_ROOM


def test_no_room_in_the_folder(store, monkeypatch):
    parcel = received(store)

    def full(*_told, **_more):
        raise OSError(errno.EDQUOT, "quota")

    monkeypatch.setattr(embedded.Path, "replace", full)
    assert store.keep(parcel, HERE) == Trouble.NO_ROOM
    assert list(store.places()) == []
    monkeypatch.undo()
    assert store.keep(parcel, HERE) is None


def test_another_fault_of_the_disk_is_no_refusal(store, tmp_path, monkeypatch):
    def broken(*_told):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(embedded.os, "fsync", broken)
    with pytest.raises(OSError, match="broken"):
        store.receive([CONTENT], 1 << 20)
    assert files(tmp_path) == []


def test_only_we_may_read_it(store, tmp_path):
    store.keep(received(store), HERE)
    store.set_aside(received(store))
    for path in (tmp_path / "store").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_a_killed_process_left_is_forgotten(store):
    old, new = received(store), received(store)
    os.utime(old.path, (1, 1))
    assert store.clear_incoming(before=1000) == 1
    assert not old.path.exists()
    assert new.path.exists()


def test_folders_that_are_left_empty_go(store, tmp_path):
    store.keep(received(store), HERE)
    store.drop(HERE)
    assert list((tmp_path / "store" / "images").iterdir()) == []


def test_a_file_of_another_name_is_none_of_ours(store, tmp_path):
    store.keep(received(store), HERE)
    (tmp_path / "store" / "images" / HERE.study / HERE.series / "notes.dcm").write_bytes(b"")
    assert list(store.places()) == [HERE]


def test_a_file_is_taken_in_by_blocks(store, tmp_path):
    path = tmp_path / "big"
    path.write_bytes(b"x" * ((1 << 20) + 1))
    parcel = store.receive(blocks_of(path), 1 << 22)
    assert parcel.size == (1 << 20) + 1
