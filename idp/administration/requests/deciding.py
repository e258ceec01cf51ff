# SPDX-License-Identifier: Apache-2.0
"""The decisions on a request, and all that follows from each, in one transaction.

Whoever calls has asked for the right, and holds the request.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import bindparam, select

from idp.accounts import establishments
from idp.accounts import service as accounts
from idp.accounts.service import NotCreated
from idp.accounts.values import Account, Person, Population, State
from idp.administration.authority import Authority, Denied, Held, grants
from idp.administration.region.networks import given_by
from idp.administration.requests import making
from idp.administration.requests.ground import QueueGround
from idp.administration.requests.matches import Match, houses_of, matches
from idp.administration.requests.outcomes import (
    Approval,
    Approved,
    Blocked,
    CardBound,
    Temporary,
    Unfit,
    Way,
)
from idp.administration.rights import GIVES, RIGHTS, Right, Role
from idp.credentials.passwords import Reason
from idp.db import Tx
from idp.registration.decisions import Stale
from idp.registration.links import Purpose
from idp.registration.values import Request

DECIDING: Final = tuple(sorted(one for one in Role if Right.REQUESTS_DECIDE in RIGHTS[one]))
HOLDERS = select(grants.c.subject).where(
    grants.c.role.in_([one.value for one in DECIDING]),
    grants.c.establishment.in_(bindparam("houses", expanding=True)),
)
CARD: Final = "cps"
# What a temporary password's policy looks at: nobody's in particular.
SOMEBODY: Final = Person(Population.PROFESSIONAL, "professional", "", "")


def prepare(ground: QueueGround) -> Temporary:
    """A temporary password and its hash, which takes time: no transaction may be open."""
    plain = ground.renewal.temporary_for(SOMEBODY)
    return Temporary(plain, ground.passwords.hashed(plain))


def approve(
    tx: Tx,
    ground: QueueGround,
    authority: Authority,
    request: Request,
    approval: Approval,
    temporary: Temporary | None,
) -> Stale | Unfit | Blocked | Approved:
    """An account for a person of whom there is none."""
    if unfit := _unfit(tx, ground, authority, request, approval.communities):
        return unfit
    if approval.way is Way.PASSWORD and temporary is None:
        return Unfit("no-password")
    alike = matches(tx, ground.store, authority, request)
    if alike.certain or (alike.seen and not approval.not_the_same):
        return Blocked(alike)
    made = making.make(tx, ground, request, authority.origin)
    if isinstance(made, NotCreated):
        if made.duplicate is not None:
            # Somebody of that name, number or address came at this very moment.
            return Blocked(matches(tx, ground.store, authority, request))
        return Unfit("unfit", made.unfit)
    approved = _give(tx, ground, authority, request, made, approval.communities, attached=False)
    if isinstance(approved, Approved):
        way = temporary if approval.way is Way.PASSWORD else None
        _let_in(tx, ground, authority, approved.account, way)
        approved = Approved(
            approved.account, approved.request, approved.card, approved.communities, approval.way
        )
    return approved


def attach(
    tx: Tx,
    ground: QueueGround,
    authority: Authority,
    request: Request,
    account: str,
    communities: tuple[str, ...],
) -> Denied | Stale | Unfit | Approved:
    """What was asked for goes to an account that is this person's, as far as one's rights go."""
    if unfit := _unfit(tx, ground, authority, request, communities):
        return unfit
    alike = matches(tx, ground.store, authority, request)
    match = next((one for one in alike.accounts if one.name == account), None)
    if match is None or match.account is None:
        return Denied.NOT_FOUND
    if denied := _refuses_account(tx, ground, authority, match):
        return denied
    if match.account.state is not State.ACTIVE:
        return Unfit("account-closed")
    if match.account.person.population is not Population.PROFESSIONAL:
        return Unfit("not-a-professional")
    approved = _give(tx, ground, authority, request, match.account, communities, attached=True)
    if isinstance(approved, Approved):
        if approved.card is CardBound.BOUND and request.content.card is not None:
            # Whoever has an account hears of each new means (ASVS 6.3.7).
            ground.alerts.means_added(tx, match.account, CARD, request.content.card.serial)
        making.complete(tx, ground, authority, request, match.account.id)
        making.affiliate(tx, ground, request, match.account.id, authority.origin)
        ground.letters.attached(tx, approved.request, match.account)
    return approved


def send_back(
    tx: Tx, ground: QueueGround, request: Request, asked: str, by: str
) -> Stale | Request:
    """The person has their form again, by a link that is good once."""
    rules = ground.rules
    kept = ground.decisions.send_back(tx, request, asked, by, rules.draft_life)
    if isinstance(kept, Request):
        secret = ground.links.give(tx, kept.id, Purpose.RESUME, rules.link_life)
        ground.letters.returned(tx, kept, secret, rules.link_life)
    return kept


def deciders(tx: Tx, ground: QueueGround, authority: Authority, request: Request) -> dict[str, str]:
    """Who may decide on a request, by id and name; others of the region only for the region."""
    houses = houses_of(request)
    reach = authority.reach(Right.REQUESTS_DECIDE)
    wanted = [*houses, ""] if reach.everywhere else list(houses)
    found: dict[str, str] = {}
    for subject in set(tx.execute(HOLDERS, {"houses": wanted}).scalars().all()):
        if ":" in subject or not _decides(ground.authorities.held_by(tx, subject), houses):
            continue
        known = accounts.load(tx, subject)
        if known is not None and known.state is State.ACTIVE:
            found[subject] = known.person.display_name
    return dict(sorted(found.items(), key=lambda one: (one[1], one[0])))


def _decides(held: Iterable[Held], houses: Iterable[str]) -> bool:
    """Whether somebody with these roles may; a row that bears no mark of ours gave none."""
    return any(
        Right.REQUESTS_DECIDE in RIGHTS[one.role]
        and (not one.establishment or one.establishment in houses)
        for one in held
    )


def _refuses_account(
    tx: Tx, ground: QueueGround, authority: Authority, match: Match
) -> Denied | None:
    """WB-016: nobody adds to an account of those above them, or of another perimeter."""
    account = match.name
    belongs = establishments.of_account(tx, account)
    if denied := authority.refuses_in(Right.ACCOUNTS_EDIT, belongs):
        return denied
    gives = frozenset(role for one in authority.roles for role in GIVES.get(one, frozenset()))
    theirs = {one.role for one in ground.authorities.held_by(tx, account)}
    return None if theirs <= gives else Denied.NOT_ALLOWED


def _unfit(
    tx: Tx,
    ground: QueueGround,
    authority: Authority,
    request: Request,
    communities: tuple[str, ...],
) -> Unfit | None:
    """WB-013: what nobody asked for is not granted on the way."""
    wished = {*request.content.wishes.communities, *making.needed(tx, ground, request)}
    given = given_by(tx, authority, Right.REQUESTS_DECIDE)
    return None if set(communities) <= wished & given else Unfit("communities")


def _give(
    tx: Tx,
    ground: QueueGround,
    authority: Authority,
    request: Request,
    account: Account,
    communities: tuple[str, ...],
    *,
    attached: bool,
) -> Stale | Approved:
    origin, by = authority.origin, authority.actor
    kept = ground.decisions.approve(tx, request, account.id, by, attached=attached)
    if isinstance(kept, Stale):
        return kept
    joined = making.grant(tx, ground, account.id, communities, origin)
    card = making.bind_card(tx, ground, request, account, origin)
    ground.links.void(tx, request.id, Purpose.RESUME)
    event = authority.event(
        "registration.attached" if attached else "registration.approved",
        account=account.id,
        request=request.id,
        establishment=request.establishment,
        card=card.value if card is not CardBound.NONE else "",
        communities=",".join(joined),
    )
    ground.audit.record(tx, event, origin)
    return Approved(accounts.load(tx, account.id) or account, kept, card, joined)


def _let_in(
    tx: Tx,
    ground: QueueGround,
    authority: Authority,
    account: Account,
    temporary: Temporary | None,
) -> None:
    """The way in, by e-mail; whoever decides sees nothing of it (CR-045)."""
    rules = ground.rules
    if temporary is None:
        secret = ground.reset_links.give_activation(tx, account.id, rules.activation_life)
        ground.letters.activation(tx, account, secret, rules.activation_life)
        return
    ground.renewal.give_temporary(tx, account, temporary.hashed, Reason.TEMPORARY, authority.origin)
    ground.letters.temporary(tx, account, temporary.plain, rules.temporary_life)
