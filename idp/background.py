# SPDX-License-Identifier: Apache-2.0
"""What a serving process does beside serving: its threads, begun and ended together."""

from collections.abc import Mapping
from pathlib import Path

from idp.absence_thread import AbsenceThread
from idp.administration.rules.provider_refresh import ProviderRefresh
from idp.audit.anchor import Anchor
from idp.audit.seal import Sealer
from idp.audit.sealer_thread import SealerThread
from idp.chores import Chores
from idp.directory_thread import DirectoryThread
from idp.following_thread import FollowingThread
from idp.http.services import Core, Services
from idp.imports_thread import ImportsThread
from idp.login.answers import Teller
from idp.login.phone_answers import Phone, PhoneAnswers
from idp.login.phone_calls import PhoneCalls
from idp.login.phone_desk import KIND as PHONE
from idp.login.revoked_cards import RevokedCards
from idp.login.steering import Steering
from idp.phones_thread import PhonesThread
from idp.post_office import open_thread
from idp.provider_ways import open_metadata
from idp.trust_thread import TrustThread

# Less than the server leaves a process to end; what is still being sent then has a lease.
STOP_SENDING = 4.0


class Background:
    """The sealer of the audit, the chores and the messages, for as long as the process serves."""

    def __init__(
        self,
        services: Services,
        steering: Steering,
        key: bytes,
        tellers: Mapping[str, Teller],
    ) -> None:
        core = services.core
        settings = core.settings.audit
        anchor = Anchor(Path(settings.anchor_file), key) if settings.anchor_file else None
        sealer = Sealer(core.clock, key)
        self._sealer = SealerThread(core.database, sealer, settings.seal_interval, anchor)
        self._chores = Chores(core, (services.office.request_digest.tell,))
        self._imports = ImportsThread(services.office.import_work)
        self._absence = AbsenceThread(services.absence, core.settings.cards.lost_after)
        inside = core.settings.messages.worker == "inside"
        revoked = RevokedCards(core.database, core.cards, core.elsewhere, core.trust)
        self._trust = TrustThread(core.trust, revoked)
        self._directory = DirectoryThread(core)
        self._following = FollowingThread(services.office.following, provider_refresh(core))
        self._phones = _phones(services, steering)
        self._messages = open_thread(core, tellers) if inside else None

    def start(self) -> None:
        """Begin."""
        self._sealer.start()
        self._chores.start()
        self._absence.start()
        self._imports.start()
        self._trust.start()
        self._directory.start()
        self._following.start()
        if self._phones is not None:
            self._phones.start()
        if self._messages is not None:
            self._messages.start()

    def stop(self) -> None:
        """End, after a last seal."""
        if self._messages is not None:
            self._messages.stop(STOP_SENDING)
        self._imports.stop()
        self._absence.stop()
        self._trust.stop()
        self._directory.stop()
        self._following.stop()
        if self._phones is not None:
            self._phones.stop()
        self._chores.stop()
        self._sealer.stop()


def provider_refresh(core: Core) -> ProviderRefresh:
    """Who fetches the metadata of providers again."""
    metadata = open_metadata(core.settings, core.clock)
    return ProviderRefresh(core.database, core.clock, core.audit, core.providers, metadata)


def phone_calls(services: Services, steering: Steering) -> PhoneCalls | None:
    """Who asks about phones; None where nobody logs in by one."""
    core, means = services.core, services.connectors.get(PHONE)
    if means is None or not isinstance(means, Phone):
        return None
    answers = PhoneAnswers(
        core.clock, core.audit, core.approving, services.finalizer, steering, means
    )
    timeout = core.settings.psc.timeout
    return PhoneCalls(core.database, core.clock, core.ring, core.audit, means, answers, timeout)


def _phones(services: Services, steering: Steering) -> PhonesThread | None:
    calls = phone_calls(services, steering)
    return PhonesThread(calls) if calls is not None else None
