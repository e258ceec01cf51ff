# SPDX-License-Identifier: Apache-2.0
"""Whatever happens in the background of a process, it goes on."""

from types import SimpleNamespace

import pytest

from idp import absence_thread, chores, trust_thread
from idp.absence_thread import AbsenceThread
from idp.chores import Chores
from idp.trust_thread import TrustThread
from tests.agent.kit import wait_until
from tests.world import World


class Strange(Exception):
    """What nobody has thought of."""


class Twice:
    """Fails at first."""

    def __init__(self):
        self.times = 0

    def __call__(self, **_options):
        self.times += 1
        if self.times == 1:
            raise Strange


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    for module in (absence_thread, chores, trust_thread):
        monkeypatch.setattr(module, "EVERY", 0.01)
    monkeypatch.setattr(trust_thread, "FIRST", 0.01)


def goes_on(thread, doing):
    thread.start()
    try:
        return wait_until(lambda: doing.times > 2)
    finally:
        thread.stop()


def test_xc_011_lists_are_looked_at_after_any_fault():
    due = Twice()
    trust = SimpleNamespace(refresh=SimpleNamespace(due=due), forget_old=lambda: None)
    assert goes_on(TrustThread(trust, SimpleNamespace(sweep=lambda: None)), due)


def test_absent_cards_are_looked_for_after_any_fault():
    look = Twice()
    assert goes_on(AbsenceThread(SimpleNamespace(look=look), 0), look)


def test_chores_are_done_after_any_fault(sqlite_world: World, monkeypatch):
    do = Twice()
    thread = Chores(sqlite_world.core)
    monkeypatch.setattr(thread, "do", do)
    assert goes_on(thread, do)
