# SPDX-License-Identifier: Apache-2.0
"""Metadata of a provider that speaks SAML: where it is given, how it is shown, and read again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import request

from idp.administration.authority import Denied
from idp.administration.outcomes import Unfit
from idp.administration.rights import Right
from idp.administration.rules.provider_metadata import (
    Certificate,
    Metadata,
    fingerprint_of,
    with_what_was_noted,
)
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, see_other
from idp.providers.spoken import ByBrowser
from idp.providers.values import Provider
from idp.web.account_page import stamp
from idp.web.admin.account_door import denied
from idp.web.admin.entry import Clerk, proved_clerk, refused, show
from idp.web.admin.provider_spoken import found_spoken, read_spoken, spoken
from idp.web.admin.provider_words import LABELS, WHY, in_words
from idp.web.admin.typed import read_typed, whole_number
from idp.web.admin.uploads import large_file
from idp.web.means import label_of

PATH: Final = "/admin/providers"
EDIT: Final = Right.TRUST_EDIT
LONGEST_ADDRESS: Final = 512
MOST_BYTES: Final = 500_000
FIELDS: Final = {"metadata_address", "document"}


def read_source() -> str | bytes:
    """Where metadata is: in a file, pasted, or at an address."""
    file = request.files.get("file")
    if file is not None and file.filename:
        with file.stream as stream:
            return bytes(stream.read(MOST_BYTES + 1))
    typed = typed_source()
    return typed["document"].encode() if typed["document"] else typed["metadata_address"]


def typed_source() -> dict[str, str]:
    """What was typed of it."""
    return {
        **read_typed("metadata_address", longest=LONGEST_ADDRESS),
        **read_typed("document", longest=MOST_BYTES),
    }


def source_errors(unfit: Unfit) -> dict[str, str]:
    """What is wrong with it, at the field that was filled in."""
    if unfit.fields == ("address",):
        return {"metadata_address": str(WHY[unfit.why])}
    file = request.files.get("file")
    field = "file" if file is not None and file.filename else "document"
    return {field: str(WHY[unfit.why])}


def shown_metadata(found: Metadata) -> dict[str, Any]:
    """As its page shows it."""
    return {
        "entity": found.entity,
        "login": found.login,
        "certificates": [_shown(one) for one in found.certificates],
        "signer": None if found.signer is None else _shown(found.signer),
        "until": stamp(found.valid_until),
    }


def shown_typed(typed: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same of what a form carries along, as far as it tells; None where it is not of SAML."""
    carried = spoken(typed)
    if not isinstance(carried, ByBrowser):
        return None
    return {
        "entity": typed["issuer"],
        "login": carried.login,
        "certificates": [
            {"subject": "", "fingerprint": one.fingerprint, "since": None, "until": None}
            for one in certificates_of(carried)
        ],
        "until": stamp(carried.valid_until),
    }


def _shown(one: Certificate) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "fingerprint": one.fingerprint,
        "since": stamp(one.since),
        "until": stamp(one.until),
    }


class ProviderMetadataPages:
    """GET and POST /admin/providers/<alias>/metadata: read again, and taken over once seen."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.providers

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        one = f"{PATH}/<key>/metadata"
        large = large_file(self._services, MOST_BYTES, EDIT)
        app.page(one, "admin-provider-metadata", self.begin)
        app.page(one, "admin-provider-metadata-do", self.do, methods=("POST",), upload=large)

    def begin(self, key: str) -> Answer:
        """Where it is now."""
        opened = self._open(key)
        return opened if not isinstance(opened, tuple) else self._page(*opened, {})

    def do(self, key: str) -> Answer:
        """Look at it, or take over what was looked at."""
        opened = self._open(key)
        if not isinstance(opened, tuple):
            return opened
        clerk, provider = opened
        if request.form.get("act") == "take":
            return self._take(clerk, provider)
        source = read_source()
        found = self._desk.look_at_metadata(clerk.authority, source)
        if isinstance(found, Denied):
            return refused(found)
        if isinstance(found, Metadata) and found.entity != provider.issuer:
            found = Unfit("other-name", ("address",) if isinstance(source, str) else ("document",))
        if isinstance(found, Unfit):
            return self._page(clerk, provider, source_errors(found))
        return self._page(clerk, provider, {}, _still_followed(provider, found))

    def _take(self, clerk: Clerk, provider: Provider) -> Answer:
        new = spoken(read_spoken())
        seen = whole_number(request.form.get("seen")) or 0
        if not isinstance(new, ByBrowser):
            return problem_page("bad-request", status=400)
        with self._core.database.write() as tx:
            kept = self._desk.renew(tx, clerk.authority, provider.alias, seen, new)
        self._services.added.look_again()
        if isinstance(kept, Denied):
            return denied(kept)
        if isinstance(kept, Unfit):
            why = kept.why if kept.why in WHY else "stale"
            return self._page(clerk, provider, {"metadata_address": str(WHY[why])})
        return see_other(f"{PATH}/{provider.alias}?done=kept")

    def _open(self, key: str) -> tuple[Clerk, Provider] | Answer:
        clerk = proved_clerk(self._services, f"{PATH}/{key}/metadata", EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            found = self._desk.load(tx, clerk.authority, key)
        if isinstance(found, Denied):
            return refused(found)
        if not isinstance(found.spoken, ByBrowser):
            return refused(Denied.NOT_FOUND)
        return clerk, found

    def _page(
        self,
        clerk: Clerk,
        provider: Provider,
        errors: Mapping[str, str],
        found: Metadata | None = None,
    ) -> Answer:
        before = provider.spoken
        if not isinstance(before, ByBrowser):
            return refused(Denied.NOT_FOUND)
        given = typed_source()
        context = {
            "name": label_of(provider.kind),
            "metadata_address": given["metadata_address"] or before.address,
            "document": "" if found else given["document"],
            "errors": errors,
            "metadata": shown_metadata(found) if found else None,
            "typed": found_spoken(found) if found else {},
            "changes": changes(before, found) if found else [],
            "seen": provider.version,
            "action": f"{PATH}/{provider.alias}/metadata",
            "back": f"{PATH}/{provider.alias}",
        }
        return show(clerk, "provider_metadata", context, 422 if errors else 200)


def changes(before: ByBrowser, found: Metadata) -> list[tuple[str, str, str]]:
    """What would be other than it is: a label, what there is, what there would be."""
    after = spoken(found_spoken(found))
    if not isinstance(after, ByBrowser):
        return []
    after = with_what_was_noted(before, after)
    rows = [
        (str(LABELS[name]), in_words(name, here), in_words(name, there))
        for name, here, there in (
            ("login", before.login, found.login),
            ("valid_until", before.valid_until, after.valid_until),
            # Whose signature is believed from then on, and whether anybody looks again at all.
            ("address", before.address, after.address),
            ("signer", signer_of(before), signer_of(after)),
        )
        if here != there
    ]
    there = {one.kept: one.fingerprint for one in found.certificates}
    label = str(LABELS["certificates"])
    here = {one.kept: one.fingerprint for one in certificates_of(before)}
    rows += [(label, here[one], "") for one in here if one not in there]
    rows += [(label, "", there[one]) for one in there if one not in here]
    return rows


def signer_of(spoken: ByBrowser) -> str:
    """The fingerprint of the certificate that must sign its metadata; nothing where none must."""
    return fingerprint_of(spoken.signer) if spoken.signer else ""


def _still_followed(provider: Provider, found: Metadata) -> Metadata:
    """A document at hand by the same signer is as good as what is at the address that is kept."""
    before = provider.spoken
    if not isinstance(before, ByBrowser) or found.address or found.signer is None:
        return found
    same = found.signer.kept == before.signer
    return replace(found, address=before.address) if same else found


def certificates_of(spoken: ByBrowser) -> list[Certificate]:
    """Those that are kept, as far as a fingerprint tells."""
    return [Certificate(one, "", 0, 0) for one in spoken.certificates]
