# SPDX-License-Identifier: Apache-2.0
"""What was agreed to elsewhere holds as long as the consent does (CIBA §5; OA-175)."""

import json

from tests.cast import PEOPLE
from tests.protocol.kit import ELSEWHERE, settled
from tests.protocol.oidc.absent import Caller, agreed, caller, done, links
from tests.world import Browser, World


def consenting(world: World) -> tuple[Caller, str, Browser]:
    """Somebody agreed at a login of theirs, consent included, and the handle was not used yet."""
    one = caller(world, policy={"consent": True})
    handle, phone = one.asked(), settled(world)
    phone.get(links(phone)[0])
    phone.submit("/agree")
    phone.submit("/consent", answer="accept")
    assert done(phone) == "agreed"
    return one, handle, phone


def test_oa_175_whoever_withdraws_their_consent_gives_nothing_any_more(world: World) -> None:
    one, handle, phone = consenting(world)
    waits = one.asked()
    phone.get(f"/account/consents/{one.client.key}/withdraw")
    phone.submit("/withdraw")
    assert one.told(handle) == one.told(waits) == "access_denied"
    assert links(phone) == []
    refused = world.events("approval.refused")
    assert [event.account for event in refused] == [world.cast["medecin"].id] * 2


def test_oa_175_of_others_nothing_is_ended(world: World) -> None:
    one, _, phone = consenting(world)
    other, another = caller(world), one.asked(login_hint=PEOPLE["infirmiere"].identifier)
    theirs = agreed(other)
    phone.get(f"/account/consents/{one.client.key}/withdraw")
    phone.submit("/withdraw")
    assert one.told(another) == "authorization_pending"
    assert other.come(theirs).status == 200


def test_oa_175_what_was_agreed_is_looked_at_again_by_whoever_hands_it_out(world: World) -> None:
    one, handle, _ = consenting(world)
    with world.core.database.write() as tx:
        account = world.cast["medecin"].id
        assert world.core.consents.withdraw(tx, account, one.client.key, ELSEWHERE)
    assert one.told(handle) == "invalid_grant"
    assert world.events("login.admitted") == []


def test_of_two_asked_in_detail_both_are_given(world: World) -> None:
    """The second consent stands in place of the first, and takes nothing of it back."""
    one = caller(world, authorization_details_types=["exam"])
    phone, handles = settled(world), []
    for action in ("read", "list"):
        detail = {"type": "exam", "actions": [action]}
        handles.append(one.asked(authorization_details=json.dumps([detail])))
        phone.get(links(phone)[0])
        phone.submit("/agree")
        phone.submit("/consent", answer="accept")
        assert done(phone) == "agreed"
    assert [one.come(handle).status for handle in handles] == [200, 200]
