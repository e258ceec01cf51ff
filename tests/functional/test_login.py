# SPDX-License-Identifier: Apache-2.0
"""The first story: into DCC by password, into another application without a page."""

from tests.world import World


def test_a_doctor_logs_in_and_opens_a_second_application_without_a_page(world: World) -> None:
    browser = world.browser()
    tokens = world.client("dcc").tokens(browser)
    assert world.client("dcc").userinfo(tokens["access_token"]).json["family_name"] == "Durand"
    response = world.client("pairwise").ask(browser)
    assert "code" in world.client("pairwise").answered(response)
