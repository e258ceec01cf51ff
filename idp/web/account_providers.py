# SPDX-License-Identifier: Apache-2.0
"""« My linked logins »: the providers that open the account, to link another one and to unlink."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from connectors.base import Reason
from connectors.capabilities import Leads
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.providers.links import Link
from idp.providers.values import Provider, kind_of
from idp.web.account_confirm import proved_beside
from idp.web.account_page import shown_day, shown_moment
from idp.web.account_parts import Owner, Question, ask, done_word, owner_of, proved_owner
from idp.web.linking import HOME, Linking, told
from idp.web.means import added_provider, label_of, opens_by_number
from idp.web.means_news import tell_linked
from idp.web.other_sessions import end_wished, ending, said
from idp.web.provider_marks import mark_of
from idp.web.upstream_words import upstream_words

NEW = f"{HOME}/new"


class ProviderPages:
    """GET and POST under /account/providers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._core = services.core
        self._linking = Linking(services)

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        app.page(HOME, "account_providers", self.home)
        app.page(NEW, "new_provider", self.new)
        app.page(NEW, "link_provider", self.link, methods=["POST"])
        app.page(f"{HOME}/<alias>/unlink", "provider_unlinking", self.ask_unlinking)
        app.page(f"{HOME}/<alias>/unlink", "unlink_provider", self.unlink, methods=["POST"])

    def home(self) -> Answer:
        """Those that are linked."""
        owner = owner_of(self._services, HOME)
        if not isinstance(owner, Owner):
            return owner
        listed = self._listed(owner)
        return _page(
            "providers",
            done=said(_sentence(done_word())),
            told=_told(request.args.get("why", ""), kind_of(request.args.get("of", ""))),
            links=[_shown(one) for one in listed],
            new_url=NEW if self._open_to(owner, listed) else None,
        )

    def new(self) -> Answer:
        """Those that can be linked, for somebody who has just proved who they are (BR-011)."""
        owner = proved_beside(self._services, NEW)
        if not isinstance(owner, Owner):
            return owner
        return self._new_page(self._open_to(owner, self._listed(owner)))

    def _new_page(self, open_to: list[Provider]) -> Answer:
        if not open_to:
            return see_other(HOME)
        targets: list[str] = []
        for one in open_to:
            leading = self._services.connectors[one.kind]
            targets += leading.sites() if isinstance(leading, Leads) else ()
        shown = [
            {"alias": one.alias, "name": label_of(one.kind), "mark": mark_of(one.kind)}
            for one in open_to
        ]
        context = {"providers": shown, "action": NEW}
        headers = list(NO_STORE)
        return Page("account/providers_new.html", context, 200, tuple(targets), headers)

    def link(self) -> Answer:
        """Off to the provider."""
        owner = proved_beside(self._services, NEW)
        if not isinstance(owner, Owner):
            return owner
        wanted = request.form.get("provider", "")
        open_to = self._open_to(owner, self._listed(owner))
        if wanted not in {one.alias for one in open_to}:
            return see_other(HOME)
        left = self._linking.leave(owner, kind_of(wanted))
        if isinstance(left, Reason):
            return told(kind_of(wanted), left)
        return see_other(left)

    def ask_unlinking(self, alias: str) -> Answer:
        """What it means, and whether one is sure."""
        found = self._proved(alias)
        if not isinstance(found, tuple):
            return found
        name = label_of(kind_of(alias))
        question = Question(
            _("Unlink %(name)s?", name=name),
            (
                _(
                    "Your national identifier goes on opening your account from there, linked or "
                    "not. Only your support can stop that."
                )
                if opens_by_number(kind_of(alias), found[0].account)
                else _("It no longer opens your account. Your account there stays as it is."),
                _("You can link it again at any time."),
            ),
            _("Unlink"),
            f"{HOME}/{alias}/unlink",
            HOME,
            _("Keep it"),
        )
        return ask(question)

    def unlink(self, alias: str) -> Answer:
        """Forget it."""
        found = self._proved(alias)
        if not isinstance(found, tuple):
            return found
        owner, provider = found
        core, session = self._core, owner.session
        with core.database.write() as tx:
            done = self._services.peers.unlink(
                tx, session.account, session.id, alias, owner.visit.call.origin
            )
            if done:
                tell_linked(core, tx, session.account, "means-removed", provider)
            ended = end_wished(core, tx, owner.visit, "provider")
        self._services.leaving.tell_all(session.account, ended)
        still = opens_by_number(provider.kind, owner.account)
        word = "unlinked-number" if still else "unlinked"
        return see_other(ending(f"{HOME}?done={word}", ended))

    def _proved(self, alias: str) -> tuple[Owner, Provider] | Answer:
        provider = added_provider(kind_of(alias))
        page = f"{HOME}/{alias}/unlink" if provider else HOME
        owner = proved_owner(self._services, page)
        if not isinstance(owner, Owner):
            return owner
        if provider is None or all(one.provider != alias for one in self._listed(owner)):
            # Somebody else's looks the same as none at all.
            return problem_page("not-found", status=404)
        return owner, provider

    def _listed(self, owner: Owner) -> list[Link]:
        with self._core.database.read() as tx:
            return self._core.provider_links.of_account(tx, owner.account.id)

    def _open_to(self, owner: Owner, listed: list[Link]) -> list[Provider]:
        """Those that could be linked; of each issuer once."""
        population = owner.account.person.population.value
        linked = {one.issuer for one in listed}
        return [
            one
            for one in self._services.added.providers().values()
            if one.enabled and population in one.populations and one.issuer not in linked
        ]


def _page(template: str, /, **context: Any) -> Page:
    return Page(f"account/{template}.html", context, headers=list(NO_STORE))


def _shown(link: Link) -> dict[str, Any]:
    provider = added_provider(kind_of(link.provider))
    return {
        "name": label_of(kind_of(link.provider)),
        "mark": mark_of(kind_of(link.provider)),
        "label": link.label,
        "closed": provider is None or not provider.enabled,
        "linked": shown_day(link.made_at),
        "last_used": shown_moment(link.last_used_at) if link.last_used_at else None,
        "unlink_url": f"{HOME}/{link.provider}/unlink",
    }


def _told(word: str, kind: str) -> dict[str, str] | None:
    """Why nothing was linked; words to compare, never to show."""
    reason = next((one for one in Reason if one.value == word), None)
    if reason is None or added_provider(kind) is None:
        return None
    found = upstream_words(kind, reason)
    if reason is Reason.OTHER_PERSON or found is None:
        return {
            "title": str(_("Nothing was linked")),
            "sentence": str(_("Begin once more, and stay logged in until you come back.")),
        }
    return {"title": found.title, "sentence": found.sentence}


def _sentence(word: str) -> str | None:
    sentences = {
        "linked": _("It is linked: from now on it opens your account."),
        "unlinked-number": _(
            "It is unlinked. Your national identifier goes on opening your account from there."
        ),
        "unlinked": _("It is unlinked: it no longer opens your account."),
    }
    return sentences.get(word)
