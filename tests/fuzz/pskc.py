# SPDX-License-Identifier: Apache-2.0
"""Whatever file of readers is handed over: keys that can be used, or faults, never a breakdown."""

import base64

from idp.credentials.delivery.pskc import read_pskc
from idp.credentials.delivery.pskc_secrets import Unlock
from tests import pskc

NOW = 1_790_000_000
KEY = bytes(range(32))
MAC_KEY = b"m" * 20


def seeds() -> list[bytes]:
    head = pskc.head(base64.b64encode(pskc.encrypt(MAC_KEY, KEY)).decode(), cipher="aes256-cbc")
    formats = '<ChallengeFormat Min="8" Max="8"/><ResponseFormat Length="8" Encoding="DECIMAL"/>'
    data = "<Counter><PlainValue>7</PlainValue></Counter>"
    policy = "<KeyUsage>CR</KeyUsage><ExpiryDate>2036-01-01T00:00:00Z</ExpiryDate>"
    return [
        pskc.container(pskc.package(pskc.plain(), formats=formats, data=data, policy=policy)),
        pskc.container(pskc.package(pskc.seal(pskc.SECRET, KEY, MAC_KEY)), head=head),
        pskc.container(pskc.package(pskc.plain()), head=pskc.head("", pskc.derived(rounds="2"))),
    ]


def target(data: bytes) -> None:
    # A file says how long its passphrase is worked on, and may say so for minutes: not here.
    unlock = Unlock(KEY, "" if data.count(b"IterationCount") else "qwerty")
    found = read_pskc(data, unlock, NOW)
    assert found.keys or found.faults
    for one in found.keys:
        assert one.secret
        assert one.counter >= 0
        assert len(one.serial) <= 64
    assert all(str(pskc.SECRET) not in fault for fault in found.faults)
