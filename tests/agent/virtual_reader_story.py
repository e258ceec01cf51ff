# SPDX-License-Identifier: Apache-2.0
"""Runs in a namespace of its own: pcscd, a virtual reader, a PIV card, OpenSC, and the whole agent.

Tells what happened, as JSON, on its output.
"""

import fcntl
import json
import socket
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from connectors.cps_card.agent.command import Agent
from connectors.cps_card.agent.hardware import HardwareCards
from connectors.cps_card.agent.readers import Readers
from connectors.cps_card.agent.settings import Settings
from connectors.cps_card.agent.tokens import Tokens
from tests.agent.kit import Script, asked, issued, wait_until
from tests.agent.piv_card import Inserted, Mute, PivCard
from tests.agent.test_command import Provider, call

PORT = 35963


def loopback_up():
    """SIOCSIFFLAGS, IFF_UP (netdevice(7)): a new namespace has its loopback down."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14s", b"lo", 0x1, b""))


@contextmanager
def pcscd(log):
    with Path(log).open("wb") as told:
        started = subprocess.Popen(["pcscd", "--foreground"], stdout=told, stderr=told)
        try:
            yield
        finally:
            started.terminate()
            started.wait(30)


def is_listening():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def states(cards):
    return [each.card.value for each in cards.readers()]


def story(module, log):
    told = {}
    loopback_up()
    provider = Provider()
    with pcscd(log):
        cards = HardwareCards(Tokens(Path(module)), Readers())
        moments = []
        cards.watch(lambda: moments.append((time.monotonic(), states(cards))))
        assert wait_until(lambda: len(cards.readers()) == 2), "no virtual readers"
        told["names"] = [each.name for each in cards.readers()]
        told["empty"] = states(cards)
        window = Script("0000", "1234", "1234")
        agent = Agent(Settings(frozenset({provider.origin}), port=0), cards, window)
        agent.start()
        try:
            tell(told, cards, agent, provider, window)
        finally:
            agent.close()
            provider.close()
    told["moments"] = [state for _, state in moments]
    return told


def sign(agent, provider, nonce):
    statement = asked(issuer=provider.origin, origin=provider.origin, nonce=nonce * 22)
    return statement, call(agent.port, provider.origin, "/v1/sign", {"statement": statement})


def tell(told, cards, agent, provider, window):
    _, told["without"] = sign(agent, provider, "a")
    card = PivCard(issued().key, issued().der)
    inserted = Inserted(card, PORT)
    assert wait_until(lambda: "present" in states(cards)), states(cards)
    told["present"] = [each.members() for each in cards.readers()]
    told["statement"], told["signed"] = sign(agent, provider, "b")
    told["asked"] = [[each.tries, each.wrong] for each in window.asked]
    assert wait_until(lambda: provider.beats)
    inserted.pull()
    assert wait_until(lambda: provider.beats[-1].state == "removed"), "no removal"
    told["beats"] = [beat.state for beat in provider.beats]
    assert wait_until(lambda: set(states(cards)) == {"absent"}), states(cards)
    # The last try is the holder's own.
    card.tries = 1
    inserted = Inserted(card, PORT)
    assert wait_until(lambda: "present" in states(cards)), states(cards)
    _, told["last"] = sign(agent, provider, "c")
    inserted.pull()
    assert wait_until(lambda: set(states(cards)) == {"absent"}), states(cards)
    inserted = Inserted(Mute(), PORT)
    assert wait_until(lambda: "mute" in states(cards)), states(cards)
    _, told["mute"] = sign(agent, provider, "d")
    inserted.pull()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(story(*sys.argv[1:])))
