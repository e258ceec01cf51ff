# SPDX-License-Identifier: Apache-2.0
"""Addresses and names of the protocol (Shared Signals 1.0, CAEP 1.0)."""

from types import MappingProxyType
from typing import Final

from idp.signals import streams, told

CAEP: Final = "https://schemas.openid.net/secevent/caep/event-type/"
SSF: Final = "https://schemas.openid.net/secevent/ssf/event-type/"
# By the kind of an event, what its token calls it.
EVENTS: Final = MappingProxyType(
    {
        told.SESSION: CAEP + "session-revoked",
        told.CREDENTIAL: CAEP + "credential-change",
        told.TRIAL: SSF + "verification",
        told.STREAM: SSF + "stream-updated",
    }
)
# What may be asked for.
SUPPORTED: Final = tuple(EVENTS[kind] for kind in told.KINDS)
KIND_OF: Final = MappingProxyType({EVENTS[kind]: kind for kind in told.KINDS})
# RFC 8935, RFC 8936.
METHODS: Final = MappingProxyType(
    {streams.PUSH: "urn:ietf:rfc:8935", streams.POLL: "urn:ietf:rfc:8936"}
)
METHOD_OF: Final = MappingProxyType({urn: method for method, urn in METHODS.items()})

WELL_KNOWN: Final = "/.well-known/ssf-configuration"
PATHS: Final = MappingProxyType(
    {
        "configuration_endpoint": "/ssf/stream",
        "status_endpoint": "/ssf/status",
        "verification_endpoint": "/ssf/verify",
    }
)
POLL_PATH: Final = "/ssf/poll"
# RFC 8417 §2.3; RFC 8935 §2.
TYPE: Final = "secevent+jwt"
MEDIA_TYPE: Final = "application/secevent+jwt"
