# SPDX-License-Identifier: Apache-2.0
"""RL-10: no page waits for a provider. Counted, not timed: who calls it, and from which thread."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from idp.messages.outcome import Later, Parcel
from idp.messages.smtp import SmtpSender
from idp.messages.twilio import TwilioSender
from idp.post_office import open_thread
from tests.codes import coded, open_post_office
from tests.functional.account_kit import enter
from tests.functional.conftest import make_quick
from tests.functional.test_otp import at_the_choice
from tests.world import World

LONG_ENOUGH = 60.0


class Stuck:
    """Providers that take a call and do not answer until the test is over."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, str, Parcel]] = []
        self.over = threading.Event()
        self._more = threading.Condition()

    def takes(self, channel: str) -> Callable[[object, Parcel], Later]:
        """What stands in for a sender's `send`."""

        def send(_sender: object, parcel: Parcel) -> Later:
            with self._more:
                self.calls.append((threading.get_ident(), channel, parcel))
                self._more.notify_all()
            self.over.wait(LONG_ENOUGH)
            return Later("stuck", outage=False)

        return send

    def holds(self, channel: str, purpose: str) -> Parcel:
        """Wait until such a message hangs in a provider; the newest of them."""

        def such() -> list[Parcel]:
            return [one for _, way, one in self.calls if (way, one.purpose) == (channel, purpose)]

        with self._more:
            assert self._more.wait_for(such, LONG_ENOUGH)
            return such()[-1]

    @property
    def threads(self) -> set[int]:
        return {thread for thread, _channel, _parcel in self.calls}


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stuck]:
    found = Stuck()
    monkeypatch.setattr(SmtpSender, "send", found.takes("email"))
    monkeypatch.setattr(TwilioSender, "send", found.takes("sms"))
    yield found
    found.over.set()


@pytest.fixture
def office(sqlite_url: str, stuck: Stuck) -> Iterator[World]:
    """A provider that serves here, and sends by its own thread."""
    world = make_quick(open_post_office(sqlite_url))
    thread = open_thread(world.core, {"oidc": world.provider.edge.teller}, pause=0.05)
    thread.start()
    yield world
    stuck.over.set()
    thread.stop()
    world.provider.close()


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Where the thread of the requests has connected to."""
    found: list[object] = []
    here, connect = threading.get_ident(), socket.socket.connect

    def watched(self: socket.socket, address: object) -> None:
        if threading.get_ident() == here:
            found.append(address)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", watched)
    return found


def test_rl_010_a_login_by_code_never_waits_for_the_provider(
    office: World, stuck: Stuck, connected: list[object]
):
    browser, client = at_the_choice(office)
    browser.submit("/otp", channel="sms")
    # The page is there, and the provider has not answered.
    assert browser.page.select_one("input[name=code]")
    stuck.holds("sms", "login-code")
    office.clock.pass_by(31)
    browser.submit("/otp", channel="email")
    last = stuck.holds("email", "login-code")
    answer = browser.submit("/otp", code=str(last.values["code"]))
    assert client.answered(answer)["code"]
    assert threading.get_ident() not in stuck.threads
    assert connected == []


def test_rl_010_neither_does_what_else_is_sent(
    office: World, stuck: Stuck, connected: list[object]
):
    """A letter about a new browser, help for a forgotten password."""
    coded(office)
    enter(office)
    claire = enter(office, address="203.0.113.9")
    claire.get("/password/forgotten")
    claire.submit("/password/forgotten", identifier="cdurand")
    assert claire.last.request.path == "/password/sent"
    for purpose in ("new-device", "reset-link"):
        stuck.holds("email", purpose)
    assert threading.get_ident() not in stuck.threads
    assert connected == []
