# SPDX-License-Identifier: Apache-2.0
"""The form of an application: a new one, one to change, one made of what it says of itself."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _

from idp.accounts import service as accounts
from idp.administration.authority import Denied
from idp.administration.rights import Right
from idp.administration.rules.applications import Faulty, Overtaken
from idp.administration.rules.following import Named, Unfollowed
from idp.administration.rules.protocols import Imported, Members
from idp.applications.values import Application
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import Answer, Page, see_other
from idp.outgoing import Unreachable
from idp.web.admin.application_certificates import summaries
from idp.web.admin.application_faults import by_field
from idp.web.admin.application_fields import (
    document_of,
    faults_of,
    protocol_of,
    sections_of,
    shown,
    strangers,
    typed,
    unfolded,
    wrong_fields,
)
from idp.web.admin.application_rows import blank
from idp.web.admin.application_said import plain
from idp.web.admin.application_sections import FORMS
from idp.web.admin.application_shapes import Field, Section
from idp.web.admin.application_source import fault_words, source_errors
from idp.web.admin.application_words import offered
from idp.web.admin.applications import HERE, address_of
from idp.web.admin.deciding import denied_answer
from idp.web.admin.entry import Clerk, clerk_of, refused, show
from idp.web.admin.uploads import large_file
from idp.web.means import label_of

EDIT = Right.APPLICATIONS_EDIT
NEW, IMPORT = f"{HERE}/new", f"{HERE}/import"
BLANK: Mapping[str, Mapping[str, Any]] = {
    "oidc": {"protocol": "oidc", "oidc": {"scopes": ["openid", "profile"]}},
    "saml": {"protocol": "saml"},
    "headers": {"protocol": "headers", "headers": {"names": {"X-Remote-User": "identifier"}}},
}
# What an application of FAPI 2.0 is nearly always.
STRICT: Mapping[str, Any] = {
    "protocol": "oidc",
    "oidc": {
        "scopes": ["openid", "profile"],
        "profile": "fapi2",
        "token_endpoint_auth_method": "private_key_jwt",
    },
}
SHOWN: Final = 50
# Its longest fields together, as browsers send them.
LARGEST: Final = 256 * 1024
CARRIED = ("csrf", "seen", "key", "act")


class ApplicationFormPages:
    """GET and POST of /admin/applications/new, /import and /<key>/edit."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._desk = services.office.applications
        self._following = services.office.following

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(NEW, "admin_application_new", self.blank)
        large = large_file(self._services, LARGEST, EDIT)
        post = ["POST"]
        app.page(NEW, "admin_application_create", self.create, methods=post, upload=large)
        app.page(IMPORT, "admin_application_import", self.ask_import)
        app.page(IMPORT, "admin_application_imported", self.take, methods=post)
        there = f"{HERE}/<key>/edit"
        app.page(there, "admin_application_edit", self.edit)
        app.page(there, "admin_application_save", self.save, methods=post, upload=large)

    def blank(self) -> Answer:
        """An empty form."""
        clerk = clerk_of(self._services, NEW, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        protocol = _wished()
        strict = protocol == "oidc" and request.args.get("profile") == "fapi2"
        return self._form(clerk, shown(STRICT if strict else BLANK[protocol]), protocol=protocol)

    def create(self) -> Answer:
        """Register it."""
        clerk = clerk_of(self._services, NEW, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        protocol = _wished()
        if _strange(protocol):
            return problem_page("bad-request", status=400)
        key, values = request.form.get("key", "").strip(), _typed(protocol)
        if _act():
            return self._form(clerk, values, protocol=protocol, key=key)
        if wrong := faults_of(values, protocol):
            errors = by_field(wrong)
            return self._form(clerk, values, protocol=protocol, key=key, errors=errors)
        document = document_of({"key": key, "protocol": protocol}, values)
        with self._core.database.write() as tx:
            made = self._desk.create(tx, clerk.authority, document)
        if isinstance(made, Denied):
            return denied_answer(made, HERE)
        if isinstance(made, Faulty):
            errors = by_field(made.faults, values)
            return self._form(clerk, values, protocol=protocol, key=key, errors=errors)
        followed = request.args.get("followed", "")[:2000]
        if followed:
            # Looked at once more, beside what is registered, before it is fetched by itself.
            query = urlencode({"url": followed, "done": "registered"})
            return see_other(f"{address_of(made.key, 'source')}?{query}")
        return see_other(f"{address_of(made.key)}?done=created")

    def ask_import(self) -> Answer:
        """Where an application's own description is."""
        clerk = clerk_of(self._services, IMPORT, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        return self._ask_import(clerk)

    def _ask_import(
        self,
        clerk: Clerk,
        errors: Mapping[str, str] | None = None,
        members: Members | None = None,
    ) -> Page:
        context = {
            "url": request.form.get("url", "")[:2000],
            "text": request.form.get("text", "")[:60_000],
            "certificate": request.form.get("certificate", "")[:16_384],
            "sought": request.form.get("sought", "")[:200],
            "members": None if members is None else _shown_members(members),
            "errors": errors or {},
            "import_url": IMPORT,
            "back_url": HERE,
        }
        return show(clerk, "application_import", context, 422 if errors else 200)

    def take(self) -> Answer:
        """The form, filled in from it; nothing is stored before somebody has looked."""
        clerk = clerk_of(self._services, IMPORT, EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        url, text = request.form.get("url", "").strip(), request.form.get("text", "").strip()
        if url and not text and request.form.get("certificate", "").strip():
            return self._members(clerk, url)
        if url and not text:
            found = self._desk.fetched(clerk.authority, url[:2000])
            if isinstance(found, Denied):
                return refused(found)
            if isinstance(found, Unreachable):
                # Why is for whoever runs the server: a page would tell what our network can reach.
                told = _("Nothing could be fetched from this address. It must be https and public.")
                return self._ask_import(clerk, {"url": told})
            text = found
        protocol = "saml" if text.startswith("<") else "oidc"
        made = self._desk.imported(clerk.authority, protocol, text)
        if isinstance(made, Denied):
            return refused(made)
        if made.faults:
            field = "url" if url and not request.form.get("text", "").strip() else "text"
            return self._ask_import(clerk, {field: _("This is no description of an application.")})
        return self._imported(clerk, made)

    def _members(self, clerk: Clerk, url: str) -> Answer:
        """What is signed there: of one application, or of a federation's to choose from."""
        certificate = request.form.get("certificate", "")[:16_384]
        sought, name = request.form.get("sought", "").strip()[:200], request.form.get("name", "")
        found = self._following.members(clerk.authority, Named(url, certificate), name or sought)
        if isinstance(found, Denied):
            return refused(found)
        if isinstance(found, Unfollowed):
            return self._ask_import(clerk, source_errors(found))
        for one in found.chosen:
            if name == one.name or found.total == 1:
                return self._imported(clerk, one.imported, url)
        return self._ask_import(clerk, members=found)

    def _imported(self, clerk: Clerk, made: Imported, url: str = "") -> Page:
        document = {**made.document, "key": str(made.document.get("key", ""))}
        with self._core.database.read() as tx:
            read = self._desk.read(tx, {**document, "name": document.get("name") or "?"})
        values = shown(document)
        faults = by_field(read.faults, values) if isinstance(read, Faulty) else {}
        faults.pop("key", None)
        return self._form(
            clerk,
            values,
            protocol=protocol_of(document),
            key=document["key"],
            errors=faults,
            left=", ".join(made.left),
            status=200,
            followed=url,
        )

    def edit(self, key: str) -> Answer:
        """One that is there."""
        clerk = clerk_of(self._services, address_of(key, "edit"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        with self._core.database.read() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
        if isinstance(sheet, Denied):
            return refused(sheet)
        if not sheet.may_change:
            return refused(Denied.NOT_ALLOWED)
        return self._form(
            clerk,
            shown(sheet.document),
            protocol=protocol_of(sheet.document),
            key=key,
            seen=sheet.version,
            there=True,
        )

    def save(self, key: str) -> Answer:
        """Save it, unless somebody else has changed it meanwhile."""
        clerk = clerk_of(self._services, address_of(key, "edit"), EDIT)
        if not isinstance(clerk, Clerk):
            return clerk
        seen = request.form.get("seen", "")
        if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
            return problem_page("bad-request", status=400)
        with self._core.database.write() as tx:
            sheet = self._desk.one(tx, clerk.authority, key)
            if isinstance(sheet, Denied):
                return refused(sheet)
            protocol = protocol_of(sheet.document)
            if _strange(protocol):
                return problem_page("bad-request", status=400)
            values, wrong = _typed(protocol), []
            done: Denied | Faulty | Overtaken | Application
            if _act() or (wrong := faults_of(values, protocol)):
                done = Faulty(tuple(wrong)) if sheet.may_change else Denied.NOT_ALLOWED
            else:
                document = document_of(sheet.document, values)
                done = self._desk.edit(tx, clerk.authority, key, int(seen), document)
        if isinstance(done, Denied):
            return denied_answer(done, address_of(key))
        if isinstance(done, Faulty):
            return self._form(
                clerk,
                values,
                protocol=protocol,
                key=key,
                seen=int(seen),
                there=True,
                errors=by_field(done.faults, values),
            )
        if isinstance(done, Overtaken):
            return self._overtaken(clerk, key, values, done)
        return see_other(f"{address_of(key)}?done=saved")

    def _overtaken(
        self, clerk: Clerk, key: str, values: Mapping[str, Any], done: Overtaken
    ) -> Page:
        stands, protocol = shown(done.document), protocol_of(done.document)
        changes = [
            (field.label, plain(field, values[field.name]), plain(field, stands[field.name]))
            for section in offered(sections_of(protocol), self._desk.spoken(protocol))
            for field in section.fields
            if stands[field.name] != values[field.name]
        ]
        return self._form(
            clerk,
            values,
            protocol=protocol,
            key=key,
            seen=done.version,
            there=True,
            changes=changes,
            status=409,
        )

    def _form(
        self,
        clerk: Clerk,
        values: Mapping[str, Any],
        *,
        protocol: str,
        key: str = "",
        seen: int = 0,
        there: bool = False,
        errors: Mapping[str, str] | None = None,
        changes: list[tuple[Any, str, str]] | None = None,
        left: str = "",
        status: int | None = None,
        followed: str = "",
    ) -> Page:
        with self._core.database.read() as tx:
            communities = sorted(accounts.community_names(tx).items(), key=lambda one: one[1])
        means = [(kind, label_of(kind)) for kind in self._services.attempts.levels]
        speaks = self._desk.spoken(protocol)
        sections = offered(sections_of(protocol), speaks)
        options = {"policy.means": means, "policy.communities": communities}
        now = self._core.clock.now()
        context = {
            "sections": sections,
            "options": _ticks(sections, values, options),
            "values": values,
            "blank": {field.name: blank(field) for field in _lists(sections)},
            "certificates": {
                field.name: summaries(speaks, [row["text"] for row in values[field.name]], now)
                for field in _lists(sections)
                if field.kind == "certificates"
            },
            "act": _act(),
            "unfolded": unfolded(sections, values, errors or {}),
            "key": key,
            "seen": seen,
            "there": there,
            "errors": errors or {},
            "wrong": wrong_fields(sections, errors or {}),
            "changes": changes,
            "left": left,
            "action": address_of(key, "edit") if there else _new(protocol, followed),
            "back_url": address_of(key) if there else HERE,
        }
        return show(clerk, "application_form", context, status or (422 if errors else 200))


def _shown_members(members: Members) -> dict[str, Any]:
    return {
        "chosen": members.chosen[:SHOWN],
        "more": max(len(members.chosen) - SHOWN, 0),
        "total": members.total,
        "rejected": [
            (one.name, fault_words(one.fault)) for one in members.rejected[:SHOWN] if one.fault
        ],
    }


def _wished() -> str:
    """The protocol of a new application, as the form's address says."""
    protocol = request.args.get("protocol", "oidc")
    return protocol if protocol in FORMS else "oidc"


def _new(protocol: str, followed: str) -> str:
    """Where a new one is sent to; with the address that it is to be followed at, where it is."""
    followed = followed or request.args.get("followed", "")[:2000]
    known = {"protocol": protocol} | ({"followed": followed} if followed else {})
    return f"{NEW}?{urlencode(known)}"


def _typed(protocol: str) -> dict[str, Any]:
    form = {name: request.form.getlist(name) for name in request.form}
    return typed(form, protocol, _act())


def _act() -> str:
    """The row that a button asks to add or take out; the form comes again, and nothing is kept."""
    return request.form.get("act", "")


def _lists(sections: tuple[Section, ...]) -> list[Field]:
    return [field for section in sections for field in section.fields if field.listed]


def _ticks(
    sections: tuple[Section, ...],
    values: Mapping[str, Any],
    here: Mapping[str, Sequence[tuple[str, Any]]],
) -> dict[str, list[tuple[str, Any, str]]]:
    """What each field lets tick: what is registered and nobody here knows stays to be ticked."""
    found = {}
    for field in (one for section in sections for one in section.fields if one.kind == "ticks"):
        known = dict(here.get(field.name, field.options))
        named = label_of if field.name == "policy.means" else str
        # Means and communities are this installation's own; the rest is the protocol's.
        about = _("Not set up here") if field.name in here else ""
        strange = [one for one in values[field.name] if one not in known]
        found[field.name] = [
            *((one, label, "") for one, label in known.items()),
            *((one, named(one), about) for one in strange),
        ]
    return found


def _strange(protocol: str) -> list[str]:
    return strangers(list(request.form), CARRIED, protocol)
