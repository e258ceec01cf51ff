# SPDX-License-Identifier: Apache-2.0
"""A verified request in neutral words; what only the protocol understands rides along."""

from typing import Any

from idp.accounts.subjects import Subjects
from idp.clock import Entropy
from idp.db import Tx
from idp.login.request import LoginRequest
from idp.saml.application import Address, SamlApplication
from idp.saml.checks import asked_of, subject_format
from idp.saml.levels import Asked, Unmeetable
from idp.saml.names import PERSISTENT
from idp.saml.receive import Received
from idp.saml.subject import named_account

PROTOCOL = "saml"
# Nobody's: a login that names somebody unknown ends like one that names somebody else.
NOBODY = "nobody"


def to_login(
    received: Received, acs: Address, account: str | None, entropy: Entropy, now: int
) -> LoginRequest:
    """The login that a request asks for."""
    request, asked = received.request, asked_of(received)
    if isinstance(asked, Unmeetable):
        asked = Asked()
    named = request.subject is not None and subject_format(received) != PERSISTENT
    return LoginRequest(
        id=entropy.token(16),
        protocol=PROTOCOL,
        application=received.application.application.key,
        asked_at=now,
        level=asked.level,
        level_required=asked.required,
        force=request.force,
        silent=request.passive,
        hint=request.subject.value if request.subject is not None and named else "",
        account=account,
        scope=received.application.scope,
        payload=payload_of(acs, request.id, received.relay_state, asked),
    )


def unasked_login(application: SamlApplication, entropy: Entropy, now: int) -> LoginRequest:
    """The login of somebody who begins here, towards an application that takes it so (SM-040)."""
    return LoginRequest(
        id=entropy.token(16),
        protocol=PROTOCOL,
        application=application.application.key,
        asked_at=now,
        scope=application.scope,
        payload=payload_of(application.default_acs, "", "", Asked()),
    )


def payload_of(acs: Address, request: str, relay_state: str, asked: Asked) -> dict[str, Any]:
    """What the answer needs to know of the request."""
    return {
        "acs": acs.url,
        "binding": acs.binding,
        "request": request,
        "relay": relay_state,
        "classes": list(asked.classes),
        "highest": None if asked.highest is None else int(asked.highest),
    }


def expected_account(tx: Tx, received: Received, subjects: Subjects) -> str | None:
    """The account that must answer, where the request names somebody (SM-036)."""
    subject = received.request.subject
    if subject is None:
        return None
    return named_account(tx, received.application, subject.value, subjects) or NOBODY
