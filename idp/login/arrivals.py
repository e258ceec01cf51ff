# SPDX-License-Identifier: Apache-2.0
"""Somebody whom others vouch for becomes an account: found by national identifier, or made.

One person is one account, whichever of their cards is in the reader, whatever number they had
before, and however many logins arrive at the same moment.
"""

from connectors.base import Reason
from connectors.capabilities import Introduction, PresentedCard
from idp.accounts import national_ids
from idp.accounts import service as accounts
from idp.accounts.identifiers import make_identifier
from idp.accounts.renumbered import maybe_renumbered
from idp.accounts.service import Accounts, Duplicate, NotCreated
from idp.accounts.values import Account, Person, Population, State
from idp.applications.service import Applications
from idp.audit.record import Audit, Event
from idp.credentials import cards as held
from idp.credentials.card_desk import KIND as CARD
from idp.credentials.cards import Card, Cards, Kind, NotUsed
from idp.db import Tx, part
from idp.login.alerts import Alerts
from idp.login.introduced import as_told
from idp.logs import get
from idp.origin import Origin

# Namesakes who arrive at the same moment wait for one another; so many in a row do not happen.
MOST_NAMES = 20
CREATE = "create"
NOBODY = Reason.NO_ACCOUNT
log = get("arrivals")
NOT_USED = {
    NotUsed.OTHERS: Reason.CONFLICT,
    NotUsed.OTHER_FAMILY: Reason.CONFLICT,
    NotUsed.REVOKED: Reason.REVOKED,
}


class Arrivals:
    """Finds the account of an introduction, in the caller's transaction."""

    def __init__(
        self,
        accounts_: Accounts,
        applications: Applications,
        cards: Cards,
        audit: Audit,
        alerts: Alerts,
        pattern: str,
    ) -> None:
        self._accounts = accounts_
        self._applications = applications
        self._cards = cards
        self._audit = audit
        self._alerts = alerts
        self._pattern = pattern

    def receive(
        self,
        tx: Tx,
        who: Introduction,
        expected: str | None,
        application: str | None,
        origin: Origin,
    ) -> Account | Reason:
        """The account of who came, which their card is bound to from now on; or why not.

        `expected` is the person already known, whom this only lifts (OA-180).
        """
        known = self._look(tx, who, expected, application, origin)
        if isinstance(known, Reason):
            return known
        with part(tx) as own:
            account = self._let_in(tx, who, known, expected, application, origin)
            # Whoever is turned away leaves nothing behind: no number, no account, no card.
            if not isinstance(account, Account):
                own.give_up()
        if isinstance(account, NotUsed):
            if account is not NotUsed.REVOKED:
                holder = known.id if known else None
                self._warn(tx, "arrival.conflict", holder, None, origin, why=account.value)
            return NOT_USED[account]
        if isinstance(account, Account) and not who.certain:
            # XC-015: let in by the policy though nobody could say whether the card is revoked.
            self._warn(tx, "arrival.uncertain", account.id, application, origin)
        return account

    def _look(
        self,
        tx: Tx,
        who: Introduction,
        expected: str | None,
        application: str | None,
        origin: Origin,
    ) -> Account | Reason | None:
        """Whose number or card this is; None where an account may be made.

        Nothing is written but what is to be told, and that stays.
        """
        numbered = national_ids.holders(tx, who.national_id)
        bound = held.find(tx, who.card.serial) if who.card else None
        found = numbered | {bound.account} if bound is not None else numbered
        if len(found) > 1:
            # XC-010: the number says one person, the card another.
            for account in sorted(found):
                self._warn(tx, "arrival.conflict", account, application, origin)
            return Reason.CONFLICT
        if not found:
            return self._why_not_made(tx, who, expected, application, origin)
        [only] = found
        known = accounts.load(tx, only)
        # The same person at the same moment may have got the account between the two looks.
        fitting = {None, "", who.national_id}
        if known is not None and not numbered and known.person.national_id not in fitting:
            # XC-010: a card of theirs by its number, and of somebody else by its certificate.
            self._warn(tx, "arrival.conflict", known.id, application, origin)
            return Reason.CONFLICT
        return known or NOBODY

    def _why_not_made(
        self,
        tx: Tx,
        who: Introduction,
        expected: str | None,
        application: str | None,
        origin: Origin,
    ) -> Reason | None:
        if expected is not None:
            return Reason.OTHER_PERSON
        if not self._may_create(tx, application):
            return NOBODY
        return Reason.CONFLICT if self._may_be_here(tx, who, application, origin) else None

    def _let_in(
        self,
        tx: Tx,
        who: Introduction,
        known: Account | None,
        expected: str | None,
        application: str | None,
        origin: Origin,
    ) -> Account | Reason | NotUsed:
        """Call it in a part that is given up unless an account is the answer."""
        account = self._number(tx, who, known, origin) if known else self._create(tx, who, origin)
        if isinstance(account, Reason):
            return account
        if account.state is not State.ACTIVE:
            return Reason.ACCOUNT_CLOSED
        if expected not in {None, account.id}:
            return Reason.OTHER_PERSON
        if who.card is None:
            return account
        if not who.card.presence_key and self._must_be_watched(tx, application):
            return Reason.NOT_WATCHED
        return self._use_card(tx, who, who.card, account, origin) or account

    def _number(
        self, tx: Tx, who: Introduction, account: Account, origin: Origin
    ) -> Account | Reason:
        """The account found; by its card alone only where an administrator has bound that."""
        if account.id in national_ids.holders(tx, who.national_id):
            return account
        # Held: of two cards at the same moment, the second finds the number of the first.
        number = national_ids.hold(tx, account.id)
        if number == who.national_id:
            return account
        if number or self._accounts.renumber(tx, account.id, who.national_id, origin):
            return Reason.CONFLICT
        return account

    def _must_be_watched(self, tx: Tx, application: str | None) -> bool:
        known = self._applications.load(tx, application) if application else None
        return known is not None and known.policy.card_presence == "required"

    def _may_create(self, tx: Tx, application: str | None) -> bool:
        """Only where the application says so; the portal never does."""
        known = self._applications.load(tx, application) if application else None
        if known is None or not known.enabled:
            return False
        policy = known.policy
        return policy.card_accounts == CREATE and Population.PROFESSIONAL in policy.populations

    def _may_be_here(
        self, tx: Tx, who: Introduction, application: str | None, origin: Origin
    ) -> bool:
        """XC-010: under the number of before, which no card tells; an administrator knows."""
        found = maybe_renumbered(tx, who.national_id, who.first_name, who.last_name)
        for account in found:
            self._warn(tx, "arrival.conflict", account, application, origin, why="maybe-renumbered")
        return bool(found)

    def _create(self, tx: Tx, who: Introduction, origin: Origin) -> Account | Reason:
        for _try in range(MOST_NAMES):
            name = make_identifier(
                who.first_name,
                who.last_name,
                self._pattern,
                lambda name: not accounts.unused_name(tx, name),
            )
            with part(tx) as own:
                made = self._accounts.create(tx, _person(who, name), origin)
                if isinstance(made, NotCreated):
                    own.give_up()
            if isinstance(made, Account):
                return made
            if made.duplicate is Duplicate.NATIONAL_ID:
                # The same person at the same moment: the other login has made the account.
                there = accounts.by_national_id(tx, who.national_id)
                account = accounts.load(tx, there) if there else None
                return account or NOBODY
            if made.duplicate is None:
                log.error("a certificate's names do not fit an account", unfit=list(made.unfit))
                return NOBODY
        return NOBODY

    def _use_card(
        self, tx: Tx, who: Introduction, shown: PresentedCard, account: Account, origin: Origin
    ) -> NotUsed | None:
        card = Card(
            shown.serial,
            account.id,
            Kind(shown.kind),
            shown.valid_until,
            family=who.family,
            authority=shown.authority,
            certificate_serial=shown.certificate_serial,
        )
        used = self._cards.use(tx, card, origin)
        if isinstance(used, NotUsed):
            return used
        if used:
            self._alerts.means_added(tx, account, CARD, shown.serial)
        return None

    def _warn(
        self,
        tx: Tx,
        kind: str,
        account: str | None,
        application: str | None,
        origin: Origin,
        **detail: str,
    ) -> None:
        """An administrator should look at this: in the audit, and in the log by its name alone."""
        event = Event(
            kind,
            "ok" if kind == "arrival.uncertain" else "refused",
            account=account,
            application=application,
            detail=detail,
        )
        self._audit.record(tx, event, origin)
        log.warning(kind, account=account)


def _person(who: Introduction, identifier: str) -> Person:
    """Somebody new, by what the card says of them."""
    told = as_told(who)
    return Person(
        Population.PROFESSIONAL,
        identifier,
        first_name=told.first_name,
        last_name=told.last_name,
        national_id=who.national_id,
        profession=told.profession,
    )
