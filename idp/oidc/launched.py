# SPDX-License-Identifier: Apache-2.0
"""What an application is told of the launch by which it was opened: beside the tokens, once.

Not in the ID token: that one comes back in the address of a logout (`id_token_hint`), and a
patient's name has no place there.
"""

from typing import Any, Final

from idp.audit.record import Event
from idp.db import Tx
from idp.grants.codes import Grant
from idp.http.services import Core
from idp.origin import Origin

MEMBER: Final = "launch_context"


def launch_context(core: Core, tx: Tx, grant: Grant, origin: Origin) -> dict[str, Any]:
    """The member that the answer to a code gains; nothing for a login that began otherwise."""
    launch = grant.payload.get("launched")
    told = core.launches.tell(tx, launch, grant.application) if launch else None
    if told is None:
        return {}
    source = told.source
    event = Event(
        "launch.told",
        account=grant.account,
        application=grant.application,
        session=grant.session,
        detail={"source": source.key, "patient": "yes" if told.patient else "no"},
    )
    core.audit.record(tx, event, origin)
    context: dict[str, Any] = {
        "source": {
            "iss": source.issuer,
            "name": source.name,
            "establishment": source.establishment,
        }
    }
    if told.patient:
        context["patient"] = told.patient
    return {MEMBER: context}
