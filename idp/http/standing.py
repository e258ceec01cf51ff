# SPDX-License-Identifier: Apache-2.0
"""Whether the person of a live token may still enter: the gate is asked each time (OA-047).

The token's own statement tells that nothing it stands on has ended; the policy of the
application, and who belongs to which community, may have changed since it was given.
"""

from typing import TypeGuard

from connectors.base import Level
from idp.applications.values import Application
from idp.db import Tx
from idp.grants.admission import Admission
from idp.grants.tokens import Bearer, Token
from idp.http.services import Core
from idp.login.flow import Refusal
from idp.login.gate import Wanted


def still_admitted(core: Core, tx: Tx, application: Application, token: Token) -> bool:
    """Whether the gate would admit them today, at the level that the token claims."""
    if token.session is None:
        return True
    if not token.session:
        # On the word of others: whoever they vouched for may still be let in.
        level = Level(token.level or Level.PASSWORD)
        vouched = core.gate.admit_vouched(tx, application, token.account or "", level)
        return isinstance(vouched, Admission)
    if token.lasting:
        return _lasts(core, tx, application, token) is not None
    if token.actor and not _origin_stands(core, tx, application, token):
        return False
    return _suffices(core.gate.admit(tx, application, token.session, Wanted()), token)


def bearer_admitted(core: Core, tx: Tx, bearer: Bearer) -> Admission | None:
    """The same of whoever shows a token that was found with all that the gate asks about."""
    if bearer.token.lasting:
        return _lasts(core, tx, bearer.application, bearer.token)
    if bearer.token.actor and not _origin_stands(core, tx, bearer.application, bearer.token):
        return None
    admitted = core.gate.admit_standing(tx, bearer.application, bearer.standing, Wanted())
    return admitted if _suffices(admitted, bearer.token) else None


def _lasts(core: Core, tx: Tx, application: Application, token: Token) -> Admission | None:
    """Of one that needs no session: the person as they were admitted, if they would be by now."""
    grant = core.codes.load(tx, token.grant or "")
    if grant is None:
        return None
    if not token.actor:
        admitted = core.gate.readmit(tx, application, grant)
    elif _origin_stands(core, tx, application, token):
        admitted = core.gate.admit_further(tx, application, grant)
    else:
        return None
    return admitted if isinstance(admitted, Admission) else None


def _origin_stands(core: Core, tx: Tx, application: Application, token: Token) -> bool:
    """Of a token made from another: whether where the person logged in still stands (OA-131)."""
    grant = core.codes.load(tx, token.grant or "")
    origin = core.applications.load(tx, grant.application) if grant else None
    if grant is None or origin is None:
        return False
    admitted = core.gate.readmit(tx, origin, grant)
    if not isinstance(admitted, Admission) or not core.tokens.descends(tx, token):
        return False
    # It hangs on no grant of this application's own, which would end with the consent (OA-175).
    if not application.policy.consent:
        return True
    return set(token.scope) <= core.consents.given(tx, grant.account, application.key)


def _suffices(admitted: Admission | Refusal, token: Token) -> TypeGuard[Admission]:
    if not isinstance(admitted, Admission):
        return False
    return (token.level or 0) >= admitted.application.policy.level
