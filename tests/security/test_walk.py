# SPDX-License-Identifier: Apache-2.0
"""SE-008, OA-173: a random walk over every endpoint, with forms mutated, swapped and sent again.

After each step: no session and no token claims a level above the proofs really verified, nothing
is given for a closed account or application, and nothing answers 5xx.

Two things are not the real ones, or the walk would not get far: the cost of a password (a stub in
the place of Argon2, which has its own tests) and the means of levels 2 and 3 (doubles that keep
the contract of connectors). Everything between the wire and the database is.
"""

import json
import shutil
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from idp.accounts.values import State
from tests.cast import APPLICATIONS, PASSWORD, PEOPLE
from tests.connectors.doubles import code_of, offer_doubles
from tests.functional.conftest import LEVELS, bring_levels, make_quick
from tests.security.walker import CLIENTS, LEVEL_OF, WHO, Form, Walker
from tests.world import START, World, open_world

PICK = st.integers(0, 999)
ENDINGS = ("", "/password", "/pin", "/badge", "/consent", "/cancel", "/unknown")
PATHS = (
    "/", "/login", "/account", "/logout", "/help", "/language", "/oidc/authorize", "/oidc/token",
    "/oidc/userinfo", "/oidc/introspect", "/oidc/revoke", "/oidc/logout", "/oidc/jwks",
    "/oidc/par", "/oidc/device_authorization", "/device", "/device/done",
    "/oidc/par", "/oidc/bc-authorize", "/account/requests",
    "/ssf/stream", "/ssf/status", "/ssf/verify", "/ssf/poll",
    "/saml/sso", "/saml/resume", "/saml/start", "/saml/metadata", "/saml/artifact",
    "/saml/slo", "/saml/slo/soap", "/upstream/psc", "/upstream/psc/left", "/upstream/psc/logout",
    "/.well-known/openid-configuration", "/health/ready", "/login/%00", "/static/../login",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
FIELDS = ("identifier", "password", "code", "account", "csrf", "ticket", "answer", "means")
NOTHING = (0, "", "")
JUNK = ("", "x", "\x00", "é" * 300, "accept", "2", PASSWORD, "-1")


def mutate(fields: dict[str, Any], how: int, name: str, value: str) -> dict[str, Any]:
    """One field dropped, doubled, replaced or added; half of the time none."""
    changed = dict(fields)
    match how % 8:
        case 7:
            changed.pop(name, None)
        case 6:
            changed[name] = [str(changed.get(name, "")), value]
        case 5:
            changed[name] = [value, str(changed.get(name, ""))]
        case 4:
            changed[name] = value
    return changed


class Walk(RuleBasedStateMachine):
    """Browsers, applications and administrators who do anything in any order."""

    world: World
    template: Any
    file: Any
    entered = 0
    levels_seen: set[int]

    @initialize()
    def begin(self) -> None:
        core = self.world.core
        core.database.close()
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.template, self.file)
        core.applications._parsed.clear()
        # The clock is set back on the way, but not to before the installation.
        self.world.clock.at = START + 3600.0
        self.walker = Walker(self.world)

    def teardown(self) -> None:
        if hasattr(self, "walker"):
            Walk.entered += self.walker.entered
            for truths in self.walker.granted.values():
                Walk.levels_seen.update(LEVEL_OF[one.means] for one in truths)

    def browser(self, number: int):
        return self.walker.browsers[number % len(self.walker.browsers)]

    def form(self, number: int) -> Form:
        forms = self.walker.forms
        return forms[-1 - number % len(forms)] if forms else Form("/login/x/password", {})

    @rule(
        who=PICK,
        key=st.sampled_from(CLIENTS),
        prompt=st.sampled_from([None, None, None, "login", "none", "consent"]),
        max_age=st.sampled_from([None, None, "0", "100"]),
        level=st.sampled_from([None, None, 1, 2, 3]),
        essential=st.booleans(),
        hint=st.sampled_from([None, None, 0, 1]),
        mode=st.sampled_from([None, "form_post"]),
    )
    def ask(self, who, key, prompt, max_age, level, essential, hint, mode):
        changes = {"prompt": prompt, "max_age": max_age, "response_mode": mode}
        if level is not None:
            acr = {"essential": essential, "values": [f"urn:sceau:level:{level}"]}
            changes["claims"] = json.dumps({"id_token": {"acr": acr}})
        if hint is not None and self.walker.hints:
            changes["id_token_hint"] = self.walker.hints[hint % len(self.walker.hints)]
        url = self.walker.clients[key].authorize_url(**changes)
        self.walker.send(self.browser(who), "GET", url)

    @rule(
        who=PICK,
        person=st.sampled_from(WHO),
        right=st.sampled_from([True, True, True, False]),
        how=PICK,
        name=st.sampled_from(FIELDS),
        value=st.sampled_from(JUNK),
    )
    def fill_in(self, who, person, right, how, name, value):
        """The form on the page of this browser, as a person would, or nearly."""
        browser = self.browser(who)
        try:
            url, fields = browser.form("/login/")
        except (AttributeError, LookupError):
            return self.walker.send(browser, "GET", "/login")
        return self._send_filled(browser, url, fields, person, right, (how, name, value))

    def _send_filled(self, browser, url, fields, person, right, mutation):
        account = self.world.cast[person].id
        fields = fields | {"answer": "accept" if right else "refuse"}
        if url.endswith("/password"):
            fields |= {"identifier": PEOPLE[person].identifier}
            fields |= {"password": PASSWORD if right else "wrong"}
        else:
            fields |= {"account": account, "code": code_of(account) if right else "wrong"}
        self.walker.send(browser, "POST", url, mutate(fields, *mutation))

    @rule(who=PICK, key=st.sampled_from(CLIENTS), person=st.sampled_from(WHO), redeem=st.booleans())
    def log_in(self, who, key, person, redeem):
        """What people do, so that the walk has something to take apart."""
        browser, before = self.browser(who), len(self.walker.codes)
        self.walker.send(browser, "GET", self.walker.clients[key].authorize_url())
        for _step in range(3):
            try:
                url, fields = browser.form("/login/")
            except (AttributeError, LookupError):
                break
            self._send_filled(browser, url, fields, person, True, NOTHING)
        if redeem and len(self.walker.codes) > before:
            self.redeem(0, None, *NOTHING)

    @rule(
        who=PICK,
        number=PICK,
        other=PICK,
        ending=st.sampled_from(ENDINGS),
        person=st.sampled_from(WHO),
        own_csrf=st.booleans(),
        how=PICK,
        name=st.sampled_from(FIELDS),
        value=st.sampled_from(JUNK),
    )
    def swap_forms(self, who, number, other, ending, person, own_csrf, how, name, value):
        """A form of another journey, browser or step, sent to the address of this one."""
        browser, target, taken = self.browser(who), self.form(number), self.form(other)
        fields = dict(taken.fields)
        if own_csrf:
            core = self.world.core
            fields["csrf"] = core.forms.token(browser.cookie("browser"))
        parts = target.url.split("/")
        url = f"/login/{parts[2]}{ending}" if parts[1] == "login" else target.url
        self._send_filled(browser, url, fields, person, True, (how, name, value))

    @rule(who=PICK, number=PICK, ending=st.sampled_from(ENDINGS))
    def open_a_journeys_address(self, who, number, ending):
        parts = self.form(number).url.split("/")
        if parts[1] == "login":
            self.walker.send(self.browser(who), "GET", f"/login/{parts[2]}{ending}")

    @rule(who=PICK, method=st.sampled_from(METHODS), path=st.sampled_from(PATHS), number=PICK)
    def any_method_anywhere(self, who, method, path, number):
        data = self.form(number).fields if method in {"POST", "PUT", "PATCH"} else None
        self.walker.send(self.browser(who), method, path, data)

    @rule(
        number=PICK,
        key=st.sampled_from([None, None, None, *CLIENTS]),
        how=PICK,
        name=st.sampled_from(["code", "redirect_uri", "code_verifier", "grant_type", "client_id"]),
        value=st.sampled_from(JUNK),
    )
    def redeem(self, number, key, how, name, value):
        """A code by its own application or another, first or again, whole or mutated."""
        codes = self.walker.codes
        if not codes:
            return
        owner, code = codes[-1 - number % len(codes)]
        client = self.walker.clients[key or owner]
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": client.verifier,
        }
        answer = client.post("/oidc/token", mutate(body, how, name, value))
        self.walker.keep_tokens(client.key, answer)

    @rule(number=PICK, key=st.sampled_from([None, None, None, *CLIENTS]))
    def refresh(self, number, key):
        tokens = self.walker.refresh
        if tokens:
            owner, token = tokens[-1 - number % len(tokens)]
            client = self.walker.clients[key or owner]
            self.walker.keep_tokens(client.key, client.refresh(token))

    @rule(seconds=st.sampled_from([1, 30, 61, 601, 1801, 3601, 43_201, -30]))
    def time_passes(self, seconds):
        self.world.clock.pass_by(seconds)

    @rule(person=st.sampled_from(WHO), active=st.sampled_from([True, True, False]))
    def change_an_account(self, person, active):
        account = self.world.cast[person].id
        state = State.ACTIVE if active else State.DISABLED
        with self.world.core.database.write() as tx:
            self.world.core.accounts.set_state(tx, account, state)
        (self.walker.disabled.discard if active else self.walker.disabled.add)(account)

    @rule(key=st.sampled_from(CLIENTS), enabled=st.sampled_from([True, True, False]))
    def change_an_application(self, key, enabled):
        with self.world.core.database.write() as tx:
            self.world.core.applications.set_enabled(tx, key, enabled=enabled)
        (self.walker.closed.discard if enabled else self.walker.closed.add)(key)

    @rule(who=PICK, sure=st.booleans())
    def log_out(self, who, sure):
        browser = self.browser(who)
        self.walker.send(browser, "GET", "/logout")
        if sure and browser.page.find("form", action="/logout"):
            url, fields = browser.form("/logout")
            self.walker.send(browser, "POST", url, fields)
            assert browser.cookie("session") == ""

    @rule(one=PICK, other=PICK, purpose=st.sampled_from(["browser", "device", "session"]))
    def carry_a_cookie_over(self, one, other, purpose):
        """A cookie stolen or planted."""
        value = self.browser(one).cookie(purpose)
        if value:
            self.browser(other).client.set_cookie(
                f"__Host-sceau_{purpose}", value, domain="sceau.example", secure=True
            )

    @invariant()
    def nothing_claims_more_than_was_proved(self):
        if hasattr(self, "walker"):
            self.walker.check()


STEPS = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(900)
def test_se_008_no_walk_reaches_a_level_that_was_not_proved(
    sqlite_template, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tests.world.APPLICATIONS", APPLICATIONS | LEVELS)
    offer_doubles(monkeypatch)
    Walk.file, Walk.template = tmp_path / "walk.sqlite3", tmp_path / "template.sqlite3"
    shutil.copyfile(sqlite_template, Walk.file)
    Walk.file.chmod(0o600)
    Walk.world = make_quick(bring_levels(open_world(f"sqlite:///{Walk.file}")))
    Walk.world.core.database.close()
    shutil.copyfile(Walk.file, Walk.template)
    Walk.entered, Walk.levels_seen = 0, set()
    try:
        # Chance alone chooses: where it never came to the highest level, it walks again.
        for _again in range(4):
            run_state_machine_as_test(Walk, settings=STEPS)
            if Walk.levels_seen == {1, 2, 3}:
                break
    finally:
        Walk.world.provider.close()
    # A walk that never gets in would prove nothing.
    assert Walk.entered > 30
    assert Walk.levels_seen == {1, 2, 3}
