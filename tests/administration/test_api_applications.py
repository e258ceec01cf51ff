# SPDX-License-Identifier: Apache-2.0
"""Applications by the API: what is opened is what somebody looked at."""

from idp.administration.authority import Held
from idp.administration.rights import Role
from tests.administration.api_kit import problem, program
from tests.administration.kit import Opened

ONE = "/applications/dcc"


def test_oa_162_what_changed_since_it_was_looked_at_is_not_opened(office: Opened) -> None:
    caller = program(office, Held(Role.SUPER))
    assert caller.call("PUT", f"{ONE}/state", {"enabled": False}).status_code == 200
    looked_at = caller.get(ONE)
    tag, registration = looked_at.headers["ETag"], looked_at.get_json()["registration"]
    caller.headers = {"If-Match": tag}
    changed = caller.call("PUT", ONE, registration | {"name": "Autre"})
    assert changed.status_code == 200
    refused = caller.call("PUT", f"{ONE}/state", {"enabled": True})
    assert problem(refused) == "changed"
    assert refused.headers["ETag"] == changed.headers["ETag"] != tag
    assert caller.get(ONE).get_json()["enabled"] is False
    caller.headers = {"If-Match": changed.headers["ETag"]}
    assert caller.call("PUT", f"{ONE}/state", {"enabled": True}).get_json()["enabled"] is True


def test_closing_asks_for_no_version(office: Opened) -> None:
    caller = program(office, Held(Role.SUPER))
    assert caller.call("PUT", f"{ONE}/state", {"enabled": False}).get_json()["enabled"] is False
    assert caller.call("PUT", f"{ONE}/state", {"enabled": True}).get_json()["enabled"] is True
