# SPDX-License-Identifier: Apache-2.0
"""What the random walk knows: what was really proved, by its own judgement, and what is claimed.

The truth is kept apart from the provider: a proof counts for a session only where the evidence
was right by the walk's own knowledge, and the very request that carried it gave the browser a new
cookie for that session.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text

from connectors.base import Attempt, Evidence, Verified
from idp.accounts.values import fold
from tests.cast import PASSWORD, PEOPLE
from tests.connectors.doubles import code_of
from tests.world import Browser, RelyingParty, World

LEVEL_OF = {"password": 1, "pin": 2, "badge": 3}
CLIENTS = ("plain", "outside", "two", "card", "mixed", "steps", "posting")
WHO = ("medecin", "infirmiere", "patient")


@dataclass(frozen=True)
class Truth:
    """One proof that was really given: a means, a person, a journey, a moment."""

    means: str
    account: str
    journey: str
    at: int


@dataclass
class Form:
    """A form some page showed, kept to be sent again, by anybody."""

    url: str
    fields: dict[str, str]


class Watched:
    """A means, and beside it the walk's own judgement of the same evidence."""

    def __init__(self, inner: Any, walker: "Walker") -> None:
        self.inner, self.walker = inner, walker
        self.kind, self.methods, self.level = inner.kind, inner.methods, inner.level

    def begin(self, attempt: Attempt) -> Any:
        return self.inner.begin(attempt)

    def claimed(self, attempt: Attempt, evidence: Evidence) -> Any:
        return self.inner.claimed(attempt, evidence)

    def resume(self, attempt: Attempt, evidence: Evidence) -> Any:
        answer = self.inner.resume(attempt, evidence)
        if isinstance(answer, Verified):
            account = self.walker.judge(self.kind, attempt, evidence.form)
            assert account == answer.identity.subject, (self.kind, evidence.form)
            now = self.walker.world.clock.now()
            self.walker.just_proved.append(Truth(self.kind, account, attempt.id, now))
        return answer


@dataclass(repr=False)
class Walker:
    """The world, its browsers and applications, and everything found on the way."""

    world: World
    browsers: list[Browser] = field(default_factory=list)
    clients: dict[str, RelyingParty] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    codes: list[tuple[str, str]] = field(default_factory=list)
    access: list[tuple[str, str]] = field(default_factory=list)
    refresh: list[tuple[str, str]] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    just_proved: list[Truth] = field(default_factory=list)
    granted: dict[str, list[Truth]] = field(default_factory=lambda: defaultdict(list))
    disabled: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    entered: int = 0

    def __post_init__(self) -> None:
        self.browsers = [self.world.browser(f"192.0.2.{n}") for n in range(3)]
        self.clients = {key: self.world.client(key) for key in CLIENTS}
        for who, person in PEOPLE.items():
            for name in (person.identifier, person.email):
                self.names[fold(name)] = self.world.cast[who].id
        attempts = self.world.provider.services.attempts
        attempts._connectors = {
            kind: Watched(getattr(one, "inner", one), self)
            for kind, one in attempts._connectors.items()
        }

    def judge(self, kind: str, attempt: Attempt, form: Mapping[str, str]) -> str:
        """Whom this evidence proves, by the walk's own knowledge; nobody is empty."""
        if kind == "password":
            account = attempt.account or self.names.get(fold(form.get("identifier", "")), "")
            return account if form.get("password") == PASSWORD else ""
        named, known = form.get("account") or "", attempt.account or ""
        account = (known or named) if kind == "pin" else (named or known)
        return account if account and form.get("code") == code_of(account) else ""

    def send(self, browser: Browser, method: str, url: str, data: Any = None) -> None:
        """One request; every redirect of ours is followed, and all that comes is kept."""
        for _hop in range(8):
            before = browser.cookie("session")
            self.just_proved.clear()
            answer = browser.request(method, url, data=data)
            assert answer.status_code < 500, (method, url, answer.status_code)
            self._note_session(before, browser.cookie("session"))
            self._keep_forms(browser)
            location = answer.headers.get("Location", "")
            if answer.status_code != 303 or not location:
                return
            if not location.startswith(("/", self.world.issuer)):
                self._keep_code(location)
                return
            method, url, data = "GET", location, None
        raise AssertionError("redirects without end")

    def _note_session(self, before: str, after: str) -> None:
        if after in {"", before}:
            return
        core = self.world.core
        with core.database.read() as tx:
            row = tx.execute(
                text("SELECT id FROM sessions WHERE secret_hash = :hash"),
                {"hash": core.lookup.hash(after)},
            ).first()
        assert row is not None
        assert self.just_proved, "a new cookie without a proof"
        self.granted[row.id] += self.just_proved
        self.entered += 1

    def _keep_forms(self, browser: Browser) -> None:
        if "html" not in browser.last.headers.get("Content-Type", ""):
            return
        for form in browser.page.find_all("form", method="post"):
            inputs = [one for one in form.find_all("input") if one.get("name")]
            fields = {one["name"]: one.get("value", "") for one in inputs}
            if form["action"].startswith("/"):
                self.forms.append(Form(form["action"], fields))
            elif "code" in fields:
                self._keep_code(f"{form['action']}?code={fields['code']}")
        del self.forms[:-25]

    def _keep_code(self, location: str) -> None:
        code = parse_qs(urlsplit(location).query).get("code")
        for key, client in self.clients.items():
            if code and location.startswith(client.redirect_uri):
                self.codes.append((key, code[0]))
        del self.codes[:-10]

    def keep_tokens(self, key: str, answer: Any) -> None:
        """Tokens just given: what the ID token says must be true at this moment."""
        assert answer.status < 500
        if answer.status != 200:
            return
        self.access.append((key, answer.json["access_token"]))
        if "refresh_token" in answer.json:
            self.refresh.append((key, answer.json["refresh_token"]))
        claims = read(answer.json["id_token"])
        self.hints.append(answer.json["id_token"])
        self.check_claims(key, claims)
        del self.access[:-8], self.refresh[:-8], self.hints[:-4]

    def check_claims(self, key: str, claims: Mapping[str, Any]) -> None:
        """The level claimed is one that was proved in that session, by means of that kind."""
        sessions = self.world.core.sessions
        found = [one for one in self.granted if sessions.label(one, key) == claims["sid"]]
        assert len(found) == 1, "a token of no session"
        truths = self.granted[found[0]]
        allowed = self.world.provider.services.core.applications
        with self.world.core.database.read() as tx:
            application = allowed.load(tx, key)
        assert application is not None
        assert key not in self.closed
        proved = [one for one in truths if one.means in application.policy.means]
        level = int(str(claims["acr"]).rsplit(":", 1)[1])
        assert level <= max((LEVEL_OF[one.means] for one in proved), default=0)
        assert claims["auth_time"] in {one.at for one in proved}
        assert len({one.account for one in truths}) == 1
        assert truths[0].account not in self.disabled

    def check(self) -> None:
        """No live session and no live token claims more than was proved."""
        self._check_sessions()
        for key, token in self.access + self.refresh:
            answer = self.clients[key].introspect(token)
            if answer.status == 200 and answer.json["active"]:
                self.check_claims(key, answer.json)

    def _check_sessions(self) -> None:
        columns = "id, account_id, level, proofs, authenticated_at"
        with self.world.core.database.read() as tx:
            rows = tx.execute(text(f"SELECT {columns} FROM sessions")).all()
            for row in rows:
                truths = self.granted[row.id]
                known = {(one.means, one.at, one.journey) for one in truths}
                assert {one.account for one in truths} == {row.account_id}
                for means, level, _methods, at, journey, *flags in json.loads(row.proofs):
                    assert (means, at, journey) in known
                    # Unused for too long, a card is worth no more than two factors.
                    assert level == min(LEVEL_OF[means], 2 if flags and flags[0] else 3)
                assert row.level <= max(LEVEL_OF[one.means] for one in truths)
                assert row.authenticated_at in {one.at for one in truths}
            for browser in self.browsers:
                live = self.world.core.sessions.find(tx, browser.cookie("session"))
                assert live is None or live.account not in self.disabled


def read(token: str) -> dict[str, Any]:
    """The claims of a token of ours."""
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
