# SPDX-License-Identifier: Apache-2.0
"""Our metadata, as applications fetch it."""

from dataclasses import dataclass

from idp.http.services import Core
from idp.http.wire import Answer, Call, Reply, not_allowed
from idp.saml.application import SUBJECT_FORMATS
from idp.saml.artifacts import INDEX
from idp.saml.keys import SamlKeys
from idp.saml.metadata import Endpoint, Organization, Provider, describe
from idp.saml.names import POST, REDIRECT, SOAP_BINDING
from idp.saml.places import Places
from idp.saml.signatures import SigningKey

LONGEST_COPY = 6 * 3600
MEDIA_TYPE = "application/samlmetadata+xml"
# As with other keys of ours: well below the time that the next one is published ahead.
KEPT = "public, max-age=600"
# Seconds that one signature serves for.
ANEW = 300


@dataclass(frozen=True, slots=True)
class _Written:
    """The document as it was last written, and until when it is handed out."""

    provider: Provider
    key: SigningKey
    until: int
    document: bytes


class MetadataEndpoint:
    """GET /saml/metadata."""

    def __init__(self, core: Core, keys: SamlKeys, places: Places) -> None:
        self._core = core
        self._keys = keys
        self._places = places
        self._last: _Written | None = None

    def __call__(self, call: Call) -> Answer:
        """The document, signed by the key that signs answers."""
        if call.method not in {"GET", "HEAD"}:
            return not_allowed("GET", "HEAD")
        core, region = self._core, self._core.settings.region
        provider = Provider(
            entity_id=self._places.entity_id,
            certificates=self._keys.published(),
            logins=(Endpoint(REDIRECT, self._places.sso), Endpoint(POST, self._places.sso)),
            logouts=(
                Endpoint(REDIRECT, self._places.slo),
                Endpoint(POST, self._places.slo),
                Endpoint(SOAP_BINDING, self._places.slo_soap),
            ),
            artifacts=(Endpoint(SOAP_BINDING, self._places.artifact, INDEX),),
            formats=tuple(SUBJECT_FORMATS.values()),
            wants_signed_requests=True,
            organizations=(Organization("fr", region.server_name, self._places.issuer + "/"),),
            support=region.support_email or None,
            ask_again=min(core.settings.signing.publish_lead // 2, LONGEST_COPY),
        )
        document = self._written(provider)
        return Reply(200, [("Content-Type", MEDIA_TYPE), ("Cache-Control", KEPT)], document)

    def _written(self, provider: Provider) -> bytes:
        """A signature costs much, and anybody may ask: written anew for other keys, or in time."""
        key, now = self._keys.current(), self._core.clock.now()
        last = self._last
        if last is None or (last.provider, last.key) != (provider, key) or now >= last.until:
            document = describe(provider, key, self._core.entropy, now)
            self._last = last = _Written(provider, key, now + ANEW, document)
        return last.document
