# SPDX-License-Identifier: Apache-2.0
"""Mailboxes in one file: what they hold is sealed at rest, under a key that lies beside it."""

import json
import os
import sqlite3
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relying_parties.messagerie.welcome import LETTERS, correspondent

NONCE = 12
SCHEMA = """
CREATE TABLE IF NOT EXISTS mailboxes (owner TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, folder TEXT NOT NULL,
    sent INTEGER NOT NULL, seen INTEGER NOT NULL DEFAULT 0, content BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS messages_owner ON messages (owner, folder, sent);
"""
INBOX, SENT = "inbox", "sent"
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Content:
    """What is sealed."""

    # Who it is from, or to whom it went: the number, and the name that is shown.
    other: str
    name: str
    subject: str
    patient: str
    body: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message in one mailbox."""

    number: int
    folder: str
    sent: int
    seen: bool
    content: Content


class Mailboxes:
    """Opens mailboxes, delivers, reads."""

    def __init__(self, folder: Path) -> None:
        self._key = _key(folder / "messages.key")
        path = folder / "messages.sqlite3"
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, timeout=5, check_same_thread=False)
        with self._lock, self._db:
            self._db.executescript(SCHEMA)

    def shut(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def open(self, owner: str, name: str, now: int) -> None:
        """The mailbox of somebody who came; the first time, with what colleagues have sent."""
        with self._lock, self._db as db:
            query = "INSERT INTO mailboxes VALUES (?, ?) ON CONFLICT DO NOTHING"
            if db.execute(query, (owner, name)).rowcount:
                for one in LETTERS:
                    sender = correspondent(one.sender)
                    told = sender.name if sender else one.sender
                    content = Content(one.sender, told, one.subject, one.patient, one.body)
                    self._put(owner, INBOX, now - one.ago, content)

    def send(self, owner: str, to: str, content: Content, sender: str, now: int) -> None:
        """Kept by who wrote it, and delivered where there is a mailbox."""
        with self._lock, self._db as db:
            self._put(owner, SENT, now, content)
            if db.execute("SELECT 1 FROM mailboxes WHERE owner = ?", (to,)).fetchone():
                fields = asdict(content) | {"other": owner, "name": sender}
                self._put(to, INBOX, now, Content(**fields))

    def every(self, owner: str, folder: str) -> list[Message]:
        """The newest first."""
        query = (
            "SELECT number, folder, sent, seen, content FROM messages"
            " WHERE owner = ? AND folder = ? ORDER BY sent DESC, number DESC LIMIT ?"
        )
        with self._lock:
            rows = self._db.execute(query, (owner, folder, MOST_SHOWN)).fetchall()
        return [self._read(owner, row) for row in rows]

    def find(self, owner: str, number: int) -> Message | None:
        """One of their own messages, which counts as read from now on."""
        query = (
            "UPDATE messages SET seen = 1 WHERE number = ? AND owner = ?"
            " RETURNING number, folder, sent, seen, content"
        )
        with self._lock, self._db as db:
            rows = db.execute(query, (number, owner)).fetchall()
        return self._read(owner, rows[0]) if rows else None

    def unread(self, owner: str) -> int:
        """How many wait."""
        query = "SELECT COUNT(*) FROM messages WHERE owner = ? AND folder = ? AND seen = 0"
        with self._lock:
            return int(self._db.execute(query, (owner, INBOX)).fetchone()[0])

    def others(self, owner: str) -> list[tuple[str, str]]:
        """Other people who have a mailbox here."""
        query = "SELECT owner, name FROM mailboxes WHERE owner <> ? ORDER BY name LIMIT ?"
        with self._lock:
            return list(self._db.execute(query, (owner, MOST_SHOWN)).fetchall())

    def _put(self, owner: str, folder: str, sent: int, content: Content) -> None:
        nonce = os.urandom(NONCE)
        plain = json.dumps(asdict(content)).encode()
        # Bound to its mailbox: a row that was moved to another one is not read there.
        sealed = nonce + AESGCM(self._key).encrypt(nonce, plain, owner.encode())
        self._db.execute(
            "INSERT INTO messages (owner, folder, sent, content) VALUES (?, ?, ?, ?)",
            (owner, folder, sent, sealed),
        )

    def _read(self, owner: str, row: tuple[int, str, int, int, bytes]) -> Message:
        number, folder, sent, seen, sealed = row
        plain = AESGCM(self._key).decrypt(sealed[:NONCE], sealed[NONCE:], owner.encode())
        return Message(number, folder, sent, bool(seen), Content(**json.loads(plain)))


def _key(path: Path) -> bytes:
    """The key of this installation, made once."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    key = AESGCM.generate_key(256)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key
