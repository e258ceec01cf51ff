# SPDX-License-Identifier: Apache-2.0
"""What a person agreed to: for one application, exactly what was shown last."""

from idp.origin import Origin

WHERE = Origin("192.0.2.1", "", "request")


def test_consent_is_what_was_agreed_to_last_and_for_one_application(world):
    consents, claire, gaetan = (
        world.core.consents,
        world.cast["medecin"].id,
        world.cast["patient"].id,
    )
    with world.core.database.write() as tx:
        assert consents.given(tx, claire, "outside") == frozenset()
        consents.give(tx, claire, "outside", ("profile", "email"), WHERE)
        consents.give(tx, claire, "outside", ("email", "phone"), WHERE)
        assert consents.given(tx, claire, "outside") == {"email", "phone"}
        assert consents.given(tx, claire, "plain") == frozenset()
        assert consents.given(tx, gaetan, "outside") == frozenset()
        assert consents.withdraw(tx, claire, "outside", WHERE)
        assert consents.given(tx, claire, "outside") == frozenset()
        assert not consents.withdraw(tx, claire, "outside", WHERE)
