# SPDX-License-Identifier: Apache-2.0
"""Somebody whom an added provider vouches for: looked at again where they are let in.

By the name that they have there, which they have linked themselves; or by the national identifier,
of a provider that is trusted to tell it. Never by an e-mail address (BR-010).
"""

from dataclasses import dataclass

from connectors.base import Level, Reason
from connectors.capabilities import Introduction, Peer
from idp.accounts import national_ids
from idp.accounts import service as accounts
from idp.accounts.values import Account, Population, State
from idp.audit.record import Audit, Event
from idp.db import Tx, part
from idp.login.arrivals import Arrivals
from idp.login.foreseen import Foreseen
from idp.origin import Origin
from idp.providers.links import Link, ProviderLinks
from idp.providers.service import Providers
from idp.providers.values import BY_NUMBER, Provider


@dataclass(frozen=True, slots=True)
class Received:
    """Whose account it is, and the most that this way to it is worth."""

    account: Account
    level: Level


@dataclass(frozen=True, slots=True)
class Linked:
    """It opens the account from now on, or did so before."""

    provider: Provider
    new: bool


class Peers:
    """Finds the account, in the caller's transaction."""

    def __init__(
        self, providers: Providers, links: ProviderLinks, arrivals: Arrivals, audit: Audit
    ) -> None:
        self._providers = providers
        self._links = links
        self._arrivals = arrivals
        self._audit = audit

    def standing(self, tx: Tx, peer: Peer) -> Provider | None:
        """BR-012: the provider, where it is still as it was when it was asked, and held so.

        Whatever closes or changes it while somebody is on their way is asked here, not before.
        """
        found = self._providers.hold(tx, peer.provider)
        if found is None or not found.enabled:
            return None
        same = found.version == peer.version and found.issuer == peer.issuer
        return found if same else None

    def receive(
        self,
        tx: Tx,
        who: Introduction,
        peer: Peer,
        expected: str | None,
        application: str | None,
        origin: Origin,
    ) -> Received | Reason:
        """The account of who came, or why none opens to them."""
        provider = self.standing(tx, peer)
        if provider is None or not provider.open:
            return Reason.CLOSED
        found = self._find(tx, provider, who, peer, expected, application, origin)
        if isinstance(found, Reason):
            return found
        if found.account.person.population.value not in provider.populations:
            return Reason.NOT_FOR_THEM
        return found

    def foresee(
        self, tx: Tx, who: Introduction, peer: Peer, proved: Level, origin: Origin
    ) -> Foreseen:
        """What would become of who came, were it open; all that is done on the way is given up."""
        provider = self._providers.hold(tx, peer.provider)
        if provider is None or (provider.version, provider.issuer) != (peer.version, peer.issuer):
            return Foreseen("", proved, Reason.CLOSED)
        with part(tx) as own:
            found = self._find(tx, provider, who, peer, None, None, origin)
            own.give_up()
        if isinstance(found, Reason):
            told = provider.finding == BY_NUMBER and bool(who.national_id and who.last_name)
            made = found is Reason.NO_ACCOUNT and told and _may_be_made(provider)
            return Foreseen("", proved, found, could_be_made=made)
        fits = found.account.person.population.value in provider.populations
        reason = None if fits else Reason.NOT_FOR_THEM
        return Foreseen(found.account.id, min(proved, found.level), reason)

    def link(
        self, tx: Tx, account: str, session: str, level: Level, peer: Peer, origin: Origin
    ) -> Linked | Reason:
        """Let this name open this account, whose owner has proved both in this session (BR-011).

        `level`: what they proved here; a login by this link is worth no more.
        """
        provider = self.standing(tx, peer)
        if provider is None:
            return Reason.CLOSED
        known = accounts.load(tx, account)
        if known is None or known.state is not State.ACTIVE:
            return Reason.ACCOUNT_CLOSED
        if known.person.population.value not in provider.populations:
            return Reason.NOT_FOR_THEM
        link = Link(
            provider.alias, peer.issuer, peer.subject, account, int(level), peer.label, 0, None
        )
        if not self._links.make(tx, link):
            there = self._links.find(tx, peer.issuer, peer.subject)
            if there is not None and there.account == account:
                return Linked(provider, new=False)
            self._note(tx, "provider.link_refused", account, session, provider, origin)
            return Reason.CONFLICT
        self._note(tx, "provider.linked", account, session, provider, origin)
        return Linked(provider, new=True)

    def unlink(self, tx: Tx, account: str, session: str, alias: str, origin: Origin) -> bool:
        """Forget who somebody is there; False where nothing was linked."""
        provider = self._providers.load(tx, alias)
        if provider is None or self._links.drop(tx, account, alias) is None:
            return False
        self._note(tx, "provider.unlinked", account, session, provider, origin)
        return True

    def _note(
        self, tx: Tx, kind: str, account: str, session: str, provider: Provider, origin: Origin
    ) -> None:
        outcome = "refused" if kind.endswith("refused") else "ok"
        event = Event(
            kind,
            outcome,
            account=account,
            session=session,
            means=provider.kind,
            detail={"provider": provider.alias},
        )
        self._audit.record(tx, event, origin)

    def _find(
        self,
        tx: Tx,
        provider: Provider,
        who: Introduction,
        peer: Peer,
        expected: str | None,
        application: str | None,
        origin: Origin,
    ) -> Received | Reason:
        linked = self._links.use(tx, peer.issuer, peer.subject)
        if linked is not None:
            account, level = linked
            known = self._linked(tx, provider, who, account, expected, origin)
            return known if isinstance(known, Reason) else Received(known, Level(level))
        if provider.finding != BY_NUMBER or not who.national_id:
            return Reason.NOT_LINKED
        nobody = not national_ids.holders(tx, who.national_id)
        if nobody and (not who.last_name or not _may_be_made(provider)):
            return Reason.NO_ACCOUNT
        made = self._arrivals.receive(tx, who, expected, application, origin)
        return made if isinstance(made, Reason) else Received(made, Level.CARD)

    def _linked(
        self,
        tx: Tx,
        provider: Provider,
        who: Introduction,
        linked: str,
        expected: str | None,
        origin: Origin,
    ) -> Account | Reason:
        account = accounts.load(tx, linked)
        if account is None or account.state is not State.ACTIVE:
            return Reason.ACCOUNT_CLOSED
        if expected not in {None, account.id}:
            return Reason.OTHER_PERSON
        if provider.finding == BY_NUMBER and who.national_id:
            others = national_ids.holders(tx, who.national_id)
            if others and account.id not in others:
                # The name says one person, the number another.
                detail = {"why": "other-number", "provider": provider.alias}
                event = Event("arrival.conflict", "refused", account=account.id, detail=detail)
                self._audit.record(tx, event, origin)
                return Reason.CONFLICT
        return account


def _may_be_made(provider: Provider) -> bool:
    return Population.PROFESSIONAL.value in provider.populations
