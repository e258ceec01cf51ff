# SPDX-License-Identifier: Apache-2.0
"""From an approved request to an account: made, or one that is there given what was asked for.

All of it in the transaction of the decision: there is no half of an account.
"""

from dataclasses import replace
from typing import Final

from idp.accounts import establishments, national_ids, particulars
from idp.accounts import service as accounts
from idp.accounts.establishments import Standing
from idp.accounts.identifiers import make_identifier
from idp.accounts.particulars import Particulars
from idp.accounts.service import Duplicate, NotCreated
from idp.accounts.values import Account, Person, Population
from idp.administration.authority import Authority
from idp.administration.requests.ground import QueueGround
from idp.administration.requests.outcomes import CardBound
from idp.credentials import cards as held
from idp.credentials.cards import Card, Kind
from idp.db import Tx, part
from idp.directory import nomenclature
from idp.origin import Origin
from idp.registration.values import CardShown, Request

# Namesakes who are approved at the same moment wait for one another; so many do not happen.
MOST_NAMES: Final = 20


def make(tx: Tx, ground: QueueGround, request: Request, origin: Origin) -> Account | NotCreated:
    """The account of a request, with the particulars, and where they work."""
    for _try in range(MOST_NAMES):
        with part(tx) as own:
            made = ground.accounts.create(tx, person_of(tx, ground, request), origin)
            if isinstance(made, NotCreated):
                own.give_up()
        # CR-048: a namesake was faster; the next number is free.
        if not isinstance(made, NotCreated) or made.duplicate is not Duplicate.IDENTIFIER:
            break
    if isinstance(made, Account):
        particulars.put(tx, made.id, particulars_of(request))
        affiliate(tx, ground, request, made.id, origin)
    return made


def person_of(tx: Tx, ground: QueueGround, request: Request) -> Person:
    """Who they are, by what they said and their card showed; the mailbox was confirmed."""
    details = request.content.details
    return Person(
        Population.PROFESSIONAL,
        make_identifier(
            details.first_name,
            details.last_name,
            ground.rules.identifiers,
            lambda one: not accounts.unused_name(tx, one),
        ),
        first_name=details.first_name,
        last_name=details.last_name,
        civility=nomenclature.short_civility(details.civility),
        birth_name=details.birth_name,
        birth_date=details.birth_date,
        email=details.email,
        # By its link: a request comes into the queue by no other way.
        email_verified=True,
        phone=details.mobile,
        national_id=request.national_id or None,
        profession=details.profession_label,
        speciality=details.speciality_label,
        town=details.city,
        locale=request.locale,
    )


def particulars_of(request: Request) -> Particulars:
    """Where they can be reached, and who may see it."""
    details = request.content.details
    return Particulars(
        visibility=details.visibility,
        title=details.title,
        profession_code=details.profession,
        speciality_code=details.speciality,
        country=details.country,
        street=details.street,
        po_box=details.po_box,
        post_code=details.post_code,
        cedex=details.cedex,
        department=details.department,
        landline=details.phone,
        emergency_phone=details.emergency_phone,
        fax=details.fax,
    )


def complete(
    tx: Tx, ground: QueueGround, authority: Authority, request: Request, account: str
) -> None:
    """The title of practice goes to an account that has none; what is known there stays."""
    known, title = particulars.load(tx, account), request.content.details.title
    if known.title or not particulars.put(tx, account, replace(known, title=title)):
        return
    ground.changes.keep(
        tx, account, authority.actor, "edited", {"title": known.title}, {"title": title}
    )
    event = authority.event("account.edited", account=account, what="title")
    ground.audit.record(tx, event, authority.origin)


def affiliate(tx: Tx, ground: QueueGround, request: Request, account: str, origin: Origin) -> None:
    """Put them where they work, while that takes part."""
    # As typed, too, where somebody passed the request on to the region.
    key = request.establishment or request.content.details.establishment
    house = establishments.load(tx, key) if key else None
    if house is not None and house.state is Standing.ACTIVE:
        ground.establishments.join(tx, account, house.key, origin)


def needed(tx: Tx, ground: QueueGround, request: Request) -> tuple[str, ...]:
    """The communities that open what was asked for, and were not asked for by themselves."""
    wishes = request.content.wishes
    asked = (ground.applications.load(tx, key) for key in wishes.applications)
    keys = {key for one in asked if one is not None for key in one.policy.communities}
    return tuple(sorted(keys - set(wishes.communities)))


def grant(
    tx: Tx, ground: QueueGround, account: str, communities: tuple[str, ...], origin: Origin
) -> tuple[str, ...]:
    """Put them into these communities; those that are new to them."""
    return tuple(one for one in communities if ground.accounts.join(tx, account, one, origin))


def bind_card(
    tx: Tx, ground: QueueGround, request: Request, account: Account, origin: Origin
) -> CardBound:
    """The card that was shown, judged again: days lie between the form and the decision."""
    shown = request.content.card
    if shown is None:
        return CardBound.NONE
    judged = _judge(tx, ground, shown, account)
    if judged is not CardBound.BOUND:
        return judged
    card = Card(
        shown.serial,
        account.id,
        Kind(shown.kind),
        shown.valid_until,
        family=shown.family,
        authority=shown.authority,
        certificate_serial=shown.certificate_serial,
    )
    if not ground.cards.add(tx, card, origin):
        return CardBound.OTHERS
    return CardBound.BOUND


def _judge(tx: Tx, ground: QueueGround, shown: CardShown, account: Account) -> CardBound:
    known = held.find(tx, shown.serial)
    if known is not None and known.account != account.id:
        return CardBound.OTHERS
    if national_ids.holders(tx, shown.national_id) != {account.id}:
        # XC-010: the card speaks of somebody else.
        return CardBound.OTHERS
    theirs = {one.family for one in held.of_account(tx, account.id)}
    if theirs - {"", shown.family}:
        return CardBound.OTHERS
    if known is not None:
        return CardBound.REVOKED if known.revoked_at is not None else CardBound.THERE
    if shown.valid_until <= ground.clock.now():
        return CardBound.EXPIRED
    if shown.authority not in ground.trust.believed(tx):
        return CardBound.UNBELIEVED
    serial = int(shown.certificate_serial, 16)
    listed = ground.trust.listed_among(tx, shown.authority, (serial,))
    return CardBound.REVOKED if listed else CardBound.BOUND
