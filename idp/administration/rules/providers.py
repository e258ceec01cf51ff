# SPDX-License-Identifier: Apache-2.0
"""Other providers, as administrators keep them: looked at, added, changed, opened and closed.

Whoever adds one decides who may log in as whom: it is a matter of trust, like an authority of
cards. None is ever dropped, for links and the audit name it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from idp.administration.authority import Authority, Denied
from idp.administration.changes import PAGE, Change
from idp.administration.history import History
from idp.administration.outcomes import Unfit
from idp.administration.proposals import Facts, Proposals
from idp.administration.rights import Right
from idp.administration.rules.provider_faults import faults_of
from idp.administration.rules.provider_hints import disagreement
from idp.administration.rules.provider_metadata import (
    Metadata,
    ReadsMetadata,
    fingerprint_of,
    with_what_was_noted,
)
from idp.administration.rules.provider_proposals import (
    ADD,
    CHANGE,
    OPEN,
    changes_of,
    facts_of,
    wished_of,
)
from idp.audit.record import Audit
from idp.db import Tx
from idp.providers import logos
from idp.providers.service import Providers
from idp.providers.spoken import ByBrowser, ByCall, Spoken, masked
from idp.providers.values import Provider, dump

MOST: Final = 50
UNTOLD: Final = {"secret", "good_at", "due_at", "fault"}


@dataclass(frozen=True, slots=True)
class Looked:
    """What a provider says of itself; nothing of it is relied upon yet."""

    issuer: str
    description: str
    origins: tuple[str, ...]
    algorithm: str
    endpoints: Mapping[str, str]
    scopes: tuple[str, ...]
    level_words: tuple[str, ...]
    claims: tuple[str, ...]


# What it says at an address, or one word why there is nothing to go by. Outside of transactions.
Look = Callable[[str], Looked | str]


class ProviderDesk:
    """The verbs."""

    def __init__(
        self,
        audit: Audit,
        providers: Providers,
        history: History,
        look: Look,
        metadata: ReadsMetadata,
        allow: Collection[str],
        proposals: Proposals,
    ) -> None:
        self._audit = audit
        self._providers = providers
        self._history = history
        self._look = look
        self._metadata = metadata
        self._allow = frozenset(allow)
        self._proposals = proposals
        proposals.carries(ADD, Right.TRUST_EDIT, self._add_agreed)
        proposals.carries(CHANGE, Right.TRUST_EDIT, self._edit_agreed)
        proposals.carries(OPEN, Right.TRUST_EDIT, self._open_agreed)

    def every(self, tx: Tx, authority: Authority) -> Denied | list[Provider]:
        """All of them, without their secrets."""
        if denied := authority.refuses(Right.TRUST_SEE):
            return denied
        return [_masked(one) for one in self._providers.every(tx)]

    def load(self, tx: Tx, authority: Authority, alias: str) -> Denied | Provider:
        """One of them, without its secret."""
        if denied := authority.refuses(Right.TRUST_SEE):
            return denied
        found = self._providers.load(tx, alias)
        return _masked(found) if found else Denied.NOT_FOUND

    def look(self, authority: Authority, address: str) -> Denied | Unfit | Looked:
        """What it says of itself, for whoever is about to add it; outside of any transaction."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        found = self._look(address)
        return Unfit(found, ("address",)) if isinstance(found, str) else found

    def look_at_metadata(
        self, authority: Authority, source: str | bytes
    ) -> Denied | Unfit | Metadata:
        """What metadata says of one that speaks SAML: at an address, or in a document at hand."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        if isinstance(source, str):
            found, field = self._metadata.found_at(source), "address"
        else:
            found, field = self._metadata.said_by(source), "document"
        return Unfit(found, (field,)) if isinstance(found, str) else found

    def agrees(self, authority: Authority, wished: Provider) -> Denied | Unfit | None:
        """BR-005: None where it says of itself what is to be kept; outside of any transaction."""
        spoken = wished.spoken
        if isinstance(spoken, ByBrowser):
            # What was shown is what is kept: nobody is asked for it again.
            return authority.refuses(Right.TRUST_EDIT)
        found = self.look(authority, spoken.description)
        if isinstance(found, Denied):
            return found
        if isinstance(found, Unfit):
            return Unfit(found.why, ("description",))
        if found.issuer != wished.issuer:
            return Unfit("issuer", ("issuer",))
        if not set(found.origins) <= set(spoken.origins):
            return Unfit("origins", ("origins",))
        return None

    def add(self, tx: Tx, authority: Authority, wished: Provider) -> Denied | Unfit | Provider:
        """Keep a new one."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        if faults := self._faults_of(wished):
            return Unfit("unfit", faults)
        known = self._providers.every(tx)
        if len(known) >= MOST:
            return Unfit("too-many")
        if any(one.alias == wished.alias for one in known):
            return Unfit("taken", ("alias",))
        if unfit := disagreement(tx, wished, known):
            return unfit
        if self._providers.issuer_taken(tx, wished.issuer, wished.alias):
            return Unfit("taken", ("issuer",))
        if self._proposals.asks(authority, Right.TRUST_EDIT):
            return self._proposals.put(tx, authority, ADD, facts_of(wished, _told(wished)))
        if not self._providers.add(tx, wished):
            return Unfit("taken", ("issuer",))
        self._history.keep(tx, authority, wished.alias, {}, _told(wished))
        self._note(tx, authority, "provider.added", wished)
        return _masked(wished)

    def edit(self, tx: Tx, authority: Authority, wished: Provider) -> Denied | Unfit | Provider:
        """Put it in the place of the version that it bears; without a secret, that one stays."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        known = self._providers.load(tx, wished.alias)
        if known is None:
            return Denied.NOT_FOUND
        spoken = _in_place_of(known, wished)
        if isinstance(spoken, Unfit):
            return spoken
        typed = wished
        renewed = isinstance(wished.spoken, ByCall) and bool(wished.spoken.secret)
        wished = replace(wished, enabled=known.enabled, spoken=spoken)
        if unfit := self._unfit_change(tx, wished, known):
            return unfit
        before, after = _told(known), _told(wished)
        if renewed:
            after |= {"secret": "*"}
        if self._proposals.asks(authority, Right.TRUST_EDIT):
            return self._proposals.put(tx, authority, CHANGE, changes_of(typed, before, after))
        if not self._providers.replace(tx, wished):
            return Unfit("stale")
        self._history.keep(tx, authority, wished.alias, before, after)
        self._note(tx, authority, "provider.changed", wished)
        return _masked(wished)

    def _unfit_change(self, tx: Tx, wished: Provider, known: Provider) -> Unfit | None:
        if faults := self._faults_of(wished):
            return Unfit("unfit", faults)
        if self._providers.issuer_taken(tx, wished.issuer, wished.alias):
            return Unfit("taken", ("issuer",))
        if wished.version != known.version:
            return Unfit("stale")
        return disagreement(tx, wished, self._providers.every(tx))

    def renew(
        self, tx: Tx, authority: Authority, alias: str, seen: int, spoken: ByBrowser
    ) -> Denied | Unfit | Provider:
        """Take over what its metadata says now, as it was looked at; all else stays.

        Its metadata does not tell from where to where browsers are sent on.
        """
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        known = self._providers.load(tx, alias)
        if known is None:
            return Denied.NOT_FOUND
        mine = replace(spoken, origins=known.spoken.origins)
        return self.edit(tx, authority, replace(known, version=seen, spoken=mine))

    def set_enabled(
        self, tx: Tx, authority: Authority, alias: str, *, enabled: bool
    ) -> Denied | Unfit | bool:
        """Open or close it, everywhere at once; False where it was so already."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        known = self._providers.load(tx, alias)
        if known is None:
            return Denied.NOT_FOUND
        if known.enabled == enabled:
            return False
        # Closing waits for nobody: who finds something wrong stops it at once.
        if enabled and self._proposals.asks(authority, Right.TRUST_EDIT):
            facts = {"provider": alias, "name_fr": known.name_fr, "issuer": known.issuer}
            return self._proposals.put(tx, authority, OPEN, facts)
        if not self._providers.replace(tx, replace(known, enabled=enabled)):
            return Unfit("stale")
        self._history.keep(tx, authority, alias, {"enabled": not enabled}, {"enabled": enabled})
        self._note(tx, authority, "provider.opened" if enabled else "provider.closed", known)
        return True

    def put_logo(
        self, tx: Tx, authority: Authority, alias: str, content: bytes | None
    ) -> Denied | bool:
        """Give it a picture that was drawn anew, or none; False where there was none to take."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        known = self._providers.load(tx, alias)
        if known is None:
            return Denied.NOT_FOUND
        if content is not None:
            logos.put(tx, alias, content)
        elif not logos.drop(tx, alias):
            return False
        self._note(tx, authority, "provider.logo", known)
        return True

    def tried(self, tx: Tx, authority: Authority, alias: str, why: str) -> Denied | None:
        """Note that somebody went there and back to see what a login would do; `why` not."""
        if denied := authority.refuses(Right.TRUST_EDIT):
            return denied
        known = self._providers.load(tx, alias)
        if known is None:
            return Denied.NOT_FOUND
        outcome = "refused" if why else "ok"
        event = authority.event("provider.tried", outcome, provider=alias, why=why)
        self._audit.record(tx, replace(event, means=known.kind), authority.origin)
        return None

    def history(
        self, tx: Tx, authority: Authority, alias: str, after: str = "", most: int = PAGE
    ) -> Denied | list[Change]:
        """What administrators changed of it, the newest first."""
        if denied := authority.refuses(Right.TRUST_SEE):
            return denied
        if self._providers.load(tx, alias) is None:
            return Denied.NOT_FOUND
        return self._history.listed(tx, alias, after, most)

    def _faults_of(self, wished: Provider) -> tuple[str, ...]:
        spoken = wished.spoken
        unread = self._metadata.unfit(spoken) if isinstance(spoken, ByBrowser) else ()
        return tuple(dict.fromkeys((*faults_of(wished, self._allow), *unread)))

    def _add_agreed(self, tx: Tx, authority: Authority, facts: Facts) -> Any:
        return self.add(tx, authority, wished_of(facts))

    def _edit_agreed(self, tx: Tx, authority: Authority, facts: Facts) -> Any:
        return self.edit(tx, authority, wished_of(facts))

    def _open_agreed(self, tx: Tx, authority: Authority, facts: Facts) -> Any:
        return self.set_enabled(tx, authority, str(facts["provider"]), enabled=True)

    def _note(self, tx: Tx, authority: Authority, kind: str, provider: Provider) -> None:
        event = authority.event(kind, provider=provider.alias, issuer=provider.issuer)
        self._audit.record(tx, event, authority.origin)


def _in_place_of(known: Provider, wished: Provider) -> Spoken | Unfit:
    """What is kept of how it is spoken to: without a new secret, that one stays."""
    before, after = known.spoken, wished.spoken
    if isinstance(before, ByBrowser) and isinstance(after, ByBrowser):
        # Another name is another provider: links would be of somebody else (BR-010).
        if wished.issuer != known.issuer:
            return Unfit("other-name", ("issuer",))
        return with_what_was_noted(before, after)
    if not isinstance(before, ByCall) or not isinstance(after, ByCall):
        return Unfit("unfit", ("issuer",))
    if places_of(wished) != places_of(known) and not after.secret:
        # BR-017: what is kept masked is never sent to where somebody else now points.
        return Unfit("secret-again", ("secret",))
    return replace(after, secret=after.secret or before.secret)


def places_of(provider: Provider) -> tuple[object, ...]:
    """Where its secret goes; nothing where it has none."""
    spoken = provider.spoken
    if not isinstance(spoken, ByCall):
        return ()
    return (provider.issuer, spoken.description, spoken.origins)


def _masked(provider: Provider) -> Provider:
    return replace(provider, spoken=masked(provider.spoken))


def _told(provider: Provider) -> dict[str, Any]:
    """As the history tells it: everything but the secret, and how its metadata fares."""
    told: dict[str, Any] = {
        name: list(one) if isinstance(one, tuple) else one
        for name, one in dump(_masked(provider)).items()
        if name not in UNTOLD
    }
    if "certificates" in told:
        told["certificates"] = [fingerprint_of(one) for one in told["certificates"]]
        told["signer"] = told["signer"] and fingerprint_of(told["signer"])
    return told
