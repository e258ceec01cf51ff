# SPDX-License-Identifier: Apache-2.0
"""Who is there, as headers; and once more under a signature, for whoever wants to verify it."""

from collections.abc import Callable
from functools import lru_cache

from idp.grants.admission import Admission
from idp.grants.stays import Stay
from idp.headers.attributes import READERS, WRITERS, Known
from idp.headers.site import Site
from idp.http.services import Core
from idp.http.wire import NO_STORE, Reply
from idp.keys.sign import sign

TYPE = "sceau-identity+jwt"
# Within so many seconds a person's requests are told by one signature.
SLOT = 10
MOST_KEPT = 4096
SubjectOf = Callable[[str, str], str]


class Identities:
    """Makes the headers."""

    def __init__(self, core: Core, subject_of: SubjectOf) -> None:
        self._core = core
        self._subject_of = subject_of
        self._signed = lru_cache(MOST_KEPT)(self._sign)

    def reply(self, site: Site, stay: Stay, admission: Admission) -> Reply:
        """200, with each registered header: an empty one, too, says that nobody else may."""
        told = self.told(site, stay, admission)
        write = WRITERS[site.values]
        headers = [(name, write(told[attribute])) for name, attribute in site.names]
        if site.signed_header:
            headers.append((site.signed_header, self.token(site, admission, told)))
        return Reply(200, [*headers, *NO_STORE])

    def told(self, site: Site, stay: Stay, admission: Admission) -> dict[str, str]:
        """What this application is told, attribute by attribute."""
        key = site.application.key
        known = Known(
            stay.person,
            admission,
            self._subject_of(site.sector, admission.account),
            self._core.sessions.label(admission.session, key),
        )
        return {attribute: READERS[attribute](known) for _, attribute in site.names}

    def token(self, site: Site, admission: Admission, told: dict[str, str]) -> str:
        """The same under our signature, for this application alone and for a short while."""
        now = self._core.clock.now()
        subject = self._subject_of(site.sector, admission.account)
        facts = tuple((name, value) for name, value in told.items() if name != "subject")
        kid = self._core.keys.signer(self._core.settings.signing.algorithm).kid
        slot = now - now % SLOT
        return self._signed(kid, site.application.key, subject, facts, slot, site.signed_life)

    def _sign(
        self,
        _kid: str,
        key: str,
        subject: str,
        facts: tuple[tuple[str, str], ...],
        at: int,
        life: int,
    ) -> str:
        claims = {
            **dict(facts),
            "iss": self._core.settings.server.issuer,
            "aud": key,
            "sub": subject,
            "iat": at,
            "exp": at + SLOT + life,
        }
        signer = self._core.keys.signer(self._core.settings.signing.algorithm)
        # RFC 8725 §3.11: its own type, so that no other token of ours passes for it.
        return sign(signer, {"typ": TYPE}, claims)
