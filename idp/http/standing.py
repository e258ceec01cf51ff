# SPDX-License-Identifier: Apache-2.0
"""Whether the person of a live token may still enter: the gate is asked each time (OA-047).

The token's own statement tells that nothing it stands on has ended; the policy of the
application, and who belongs to which community, may have changed since it was given.
"""

from idp.applications.values import Application
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.tokens import Token
from idp.http.services import Core
from idp.login.gate import Wanted


def still_admitted(core: Core, tx: Tx, application: Application, token: Token) -> bool:
    """Whether the gate would admit them today, at the level that the token claims."""
    if token.session is None:
        return True
    admitted = core.gate.admit(tx, application, token.session, Wanted())
    return isinstance(admitted, Admission) and (token.level or 0) >= application.policy.level
