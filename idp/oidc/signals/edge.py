# SPDX-License-Identifier: Apache-2.0
"""The endpoints of signals put together, and the document that leads there."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from idp.accounts.subjects import Subjects
from idp.http.services import Core
from idp.http.wire import Answer, Call, Endpoint
from idp.oidc.client import Clients
from idp.oidc.discovery import PATHS as OIDC_PATHS
from idp.oidc.discovery import cached
from idp.oidc.holding import Holding
from idp.oidc.signals.calling import Callers
from idp.oidc.signals.managing import StatusEndpoint, StreamEndpoint, VerificationEndpoint
from idp.oidc.signals.polling import PollEndpoint
from idp.oidc.signals.sets import Sets
from idp.oidc.signals.words import METHODS, PATHS, POLL_PATH


def metadata(issuer: str) -> dict[str, Any]:
    """Shared Signals §7.1: what works, and nothing more; nobody adds or removes subjects."""
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": issuer + OIDC_PATHS["jwks_uri"],
        "delivery_methods_supported": list(METHODS.values()),
        **{name: issuer + path for name, path in PATHS.items()},
        # A receiver that understands half of a subject would act on too much.
        "critical_subject_members": ["user"],
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
        "default_subjects": "ALL",
    }


class SignalsDiscovery:
    """GET /.well-known/ssf-configuration."""

    def __init__(self, core: Core) -> None:
        document = metadata(core.settings.server.issuer)
        self._body = json.dumps(document, indent=1).encode()
        self._etag = f'"{hashlib.sha256(self._body).hexdigest()[:32]}"'

    def __call__(self, call: Call) -> Answer:
        """The document, or that it hasn't changed."""
        return cached(call, self._body, self._etag)


def signal_endpoints(
    core: Core, clients: Clients, subjects: Subjects, holding: Holding
) -> Mapping[str, Endpoint]:
    """What applications call themselves, path by path."""
    callers = Callers(core, clients, holding)
    return {
        PATHS["configuration_endpoint"]: StreamEndpoint(core, callers),
        PATHS["status_endpoint"]: StatusEndpoint(core, callers),
        PATHS["verification_endpoint"]: VerificationEndpoint(core, callers),
        POLL_PATH: PollEndpoint(core, callers, Sets(core, subjects)),
    }
