# SPDX-License-Identifier: Apache-2.0
"""Our metadata, as applications fetch it."""

from idp.http.services import Core
from idp.http.wire import Answer, Call, Reply, not_allowed
from idp.saml.application import SUBJECT_FORMATS
from idp.saml.keys import SamlKeys
from idp.saml.metadata import Endpoint, Organization, Provider, describe
from idp.saml.names import POST, REDIRECT
from idp.saml.places import Places

LONGEST_COPY = 6 * 3600
MEDIA_TYPE = "application/samlmetadata+xml"
# As with other keys of ours: well below the time that the next one is published ahead.
KEPT = "public, max-age=600"


class MetadataEndpoint:
    """GET /saml/metadata."""

    def __init__(self, core: Core, keys: SamlKeys, places: Places) -> None:
        self._core = core
        self._keys = keys
        self._places = places

    def __call__(self, call: Call) -> Answer:
        """The document, signed by the key that signs answers."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        core, region = self._core, self._core.settings.region
        provider = Provider(
            entity_id=self._places.entity_id,
            certificates=self._keys.published(),
            logins=(Endpoint(REDIRECT, self._places.sso), Endpoint(POST, self._places.sso)),
            logouts=(),
            artifacts=(),
            formats=tuple(SUBJECT_FORMATS.values()),
            wants_signed_requests=True,
            organizations=(Organization("fr", region.server_name, self._places.issuer + "/"),),
            support=region.support_email or None,
            ask_again=min(core.settings.signing.publish_lead // 2, LONGEST_COPY),
        )
        document = describe(provider, self._keys.current(), core.entropy, core.clock.now())
        return Reply(200, [("Content-Type", MEDIA_TYPE), ("Cache-Control", KEPT)], document)
