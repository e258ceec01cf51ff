# SPDX-License-Identifier: Apache-2.0
"""What may be done to an installation, in any order, by Hypothesis' choice: see RL-20."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.service import NotCreated
from idp.accounts.values import Person, Population, State
from idp.credentials import devices, throttle, used_once
from idp.credentials.throttle import Limits
from idp.grants.admission import Admission, ApplicationAdmission
from idp.grants.codes import Grant
from idp.grants.tokens import Fresh
from idp.login.gate import Wanted
from idp.login.request import LoginRequest
from idp.origin import Origin
from idp.sessions.values import Proof
from tests.cast import application
from tests.reliability.twins import GiveUp, Twins

# Alike or not, first or last, depending on who compares.
NAMES = (
    "durand", "Durand", "DURAND", "d'Urand", "de la Rue", "De La Rue", "delarue", "Élise", "élise",
    "e\u0301lise", "Elise", "Zoé", "zoe", "Œuvre", "oeuvre", "Æ", "straße", "STRASSE", "ﬁn", "fin",
    "İlke", "ilke", "ılke", "Ñ", "ñ", "n", "a b", " a b ", "a-b", "ab", "a_b", "a%b", "10", "9",
    "Ω", "я", "日本", "\U0001f600", "",
)  # fmt: skip
KEYS = ("dcc", "DCC", "d-c", "d_c", "dc", "D.c", "rcp")
COMMUNITIES = ("onco", "Onco", "périnat", "nowhere")
ADDRESSES = ("192.0.2.1", "2001:db8::1", "é")
MEANS: tuple[list[str], ...] = (["password"], ["password"], [])
HASHES = tuple(bytes([one]) * 32 for one in range(3))
ORIGIN = Origin("192.0.2.1", "Mozilla/5.0 é", "r1")
LIMITS = Limits(free_tries=2, first_delay=60, max_delay=3600, per_day=5, disable_after=8)
TIMES = (1, 59, 3600, 43_200, 90_000)
names, keys, hashes = st.sampled_from(NAMES), st.sampled_from(KEYS), st.sampled_from(HASHES)
numbers = st.integers(0, 5)


@dataclass
class Stage:
    """Where the deeds are done: set by the test, since Hypothesis makes the machine itself."""

    twins: Twins | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.twins, name)


twins = Stage()


class Deeds(RuleBasedStateMachine):
    """What is done to accounts, applications, sessions, grants and counters, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts: list[str] = []
        self.sessions: list[Any] = []
        self.secrets: list[str] = [""]
        self.codes: list[str] = ["x"]
        self.grants: list[Any] = []
        self.tokens: list[str] = ["x"]
        self.journeys: list[str] = ["x"]

    @initialize()
    def begin(self) -> None:
        twins.begin()

    @staticmethod
    def pick(found: list[Any], number: int) -> Any:
        """One of these; None where there is none."""
        return found[number % len(found)] if found else None

    @rule(first=names, last=names, identifier=names, email=names, national=names)
    def create(self, first: str, last: str, identifier: str, email: str, national: str) -> None:
        person = Person(
            Population.PATIENT,
            identifier,
            first,
            last,
            email=f"{email}@x.example" if email else "",
            national_id=national or None,
        )

        def deed(core: Any, tx: Any) -> Any:
            made = core.accounts.create(tx, person, ORIGIN)
            if isinstance(made, NotCreated):
                raise GiveUp(made)
            return made

        made = twins.do("create", deed)
        if not isinstance(made, NotCreated | str):
            self.accounts.append(made.id)

    @rule(name=names, suffix=st.sampled_from(["", "@x.example", "@X.EXAMPLE", " "]))
    def find(self, name: str, suffix: str) -> None:
        twins.do("find", lambda _core, tx: accounts.find(tx, name + suffix))

    @rule(number=numbers, state=st.sampled_from(State))
    def set_state(self, number: int, state: State) -> None:
        account = self.pick(self.accounts, number) or "x"
        twins.do("state", lambda core, tx: core.accounts.set_state(tx, account, state, ORIGIN))

    @rule(number=numbers, community=st.sampled_from(COMMUNITIES), join=st.booleans())
    def communities(self, number: int, community: str, *, join: bool) -> None:
        account = self.pick(self.accounts, number) or "x"

        def deed(core: Any, tx: Any) -> Any:
            verb = core.accounts.join if join else core.accounts.leave
            return verb(tx, account, community, ORIGIN), accounts.load(tx, account)

        if community != "nowhere":
            twins.do("name", lambda _core, tx: accounts.name_community(tx, community, community))
        twins.do("community", deed)

    @rule()
    def lists(self) -> None:
        twins.do("people", lambda _core, tx: accounts.every(tx))
        twins.do("applications", lambda core, tx: core.applications.every(tx))
        twins.do("communities", lambda _core, tx: accounts.community_names(tx))

    @rule(key=keys, level=st.sampled_from([1, 1, 2]), means=st.sampled_from(MEANS))
    def register(self, key: str, level: int, means: list[str]) -> None:
        document = application(
            key, site="https://x.example", policy={"level": level, "means": means}
        )
        twins.do("register", lambda core, tx: core.applications.register(tx, document, ORIGIN))

    @rule(key=keys, enabled=st.booleans())
    def switch(self, key: str, *, enabled: bool) -> None:
        twins.do("switch", lambda core, tx: core.applications.set_enabled(tx, key, enabled=enabled))

    @rule(key=keys, secret=st.sampled_from(["s" * 32, "short"]))
    def secret(self, key: str, secret: str) -> None:
        twins.do("secret", lambda core, tx: core.applications.set_secret(tx, key, secret))

    @rule(number=numbers)
    def open(self, number: int) -> None:
        account = self.pick(self.accounts, number) or "x"

        def deed(core: Any, tx: Any) -> Any:
            proof = Proof("password", Level.PASSWORD, ("pwd",), core.clock.now(), "j")
            return core.sessions.open(tx, account, proof, ORIGIN)

        opened = twins.do("open", deed)
        if not isinstance(opened, str):
            self.sessions.append(opened[0])
            self.secrets.append(opened[1])

    @rule(number=numbers, key=keys)
    def use_session(self, number: int, key: str) -> None:
        session = self.pick(self.sessions, number)
        if session is None:
            return

        def deed(core: Any, tx: Any) -> Any:
            return (
                [core.sessions.find(tx, one) for one in self.secrets],
                core.sessions.enter(tx, session.id, key),
                core.sessions.touch(tx, session),
                core.sessions.opened_in(tx, session.id),
                core.sessions.of_account(tx, session.account),
            )

        twins.do("use session", deed)

    @rule(number=numbers, end=st.booleans())
    def change_session(self, number: int, *, end: bool) -> None:
        session = self.pick(self.sessions, number)
        if session is None:
            return

        def deed(core: Any, tx: Any) -> Any:
            if end:
                return core.sessions.end(tx, session.id, "person", ORIGIN)
            proof = Proof("otp", Level.PASSWORD, ("otp",), core.clock.now(), "k")
            return core.sessions.prove(tx, session, proof)

        changed = twins.do("change session", deed)
        if isinstance(changed, tuple):
            self.sessions.append(changed[0])
            self.secrets.append(changed[1])

    @rule(number=numbers, key=keys)
    def give_code(self, number: int, key: str) -> None:
        session = self.pick(self.sessions, number)
        if session is None:
            return

        def deed(core: Any, tx: Any) -> Any:
            found = core.applications.load(tx, key)
            if found is None:
                return None
            admitted = core.gate.admit(tx, found, session.id, Wanted())
            if not isinstance(admitted, Admission):
                return admitted
            return admitted, core.codes.give(tx, admitted, ("openid",), {"a": 1}, 600, ORIGIN)

        given = twins.do("give code", deed)
        if isinstance(given, tuple):
            self.codes.append(given[1])

    @rule(number=numbers, key=keys)
    def redeem(self, number: int, key: str) -> None:
        code = self.pick(self.codes, number)

        def deed(core: Any, tx: Any) -> Any:
            grant = core.codes.redeem(tx, key, code, ORIGIN)
            if not isinstance(grant, Grant):
                return grant
            admitted = core.gate.readmit(tx, core.applications.load(tx, key), grant)
            if not isinstance(admitted, Admission):
                return grant, admitted
            until = core.clock.now() + 600
            fresh = [
                Fresh(core.entropy.token(), kind, ("openid",), "", until)
                for kind in ("access", "refresh")
            ]
            core.tokens.give(tx, admitted, grant.id, fresh, ORIGIN)
            return grant, fresh

        given = twins.do("redeem", deed)
        if isinstance(given, tuple):
            self.grants.append(given[0])
            if isinstance(given[1], list):
                self.tokens.extend(one.value for one in given[1])

    @rule(number=numbers, key=keys)
    def use_token(self, number: int, key: str) -> None:
        token = self.pick(self.tokens, number)
        for name in ("find", "bearer"):
            twins.do(name, lambda core, tx, name=name: getattr(core.tokens, name)(tx, token))
        twins.do("rotate", lambda core, tx: core.tokens.rotate(tx, key, token))

    @rule(number=numbers, key=keys)
    def revoke_token(self, number: int, key: str) -> None:
        token = self.pick(self.tokens, number)
        twins.do("revoke token", lambda core, tx: core.tokens.revoke(tx, key, token, ORIGIN))

    @rule(number=numbers, key=keys, every=st.booleans())
    def revoke_grant(self, number: int, key: str, *, every: bool) -> None:
        grant = self.pick(self.grants, number)
        if grant is None:
            return

        def deed(core: Any, tx: Any) -> Any:
            if every:
                return core.codes.revoke_all_of(tx, grant.account, key, "w", ORIGIN)
            return core.codes.revoke(tx, grant.id, "w", ORIGIN), core.codes.load(tx, grant.id)

        twins.do("revoke grant", deed)

    @rule(key=keys)
    def own_name(self, key: str) -> None:
        def deed(core: Any, tx: Any) -> Any:
            found = core.applications.load(tx, key)
            admitted = core.gate.admit_application(found) if found else None
            if not isinstance(admitted, ApplicationAdmission):
                return admitted
            fresh = Fresh(core.entropy.token(), "access", ("a",), "b", core.clock.now() + 60)
            core.tokens.give_application(tx, admitted, fresh, ORIGIN)
            return fresh

        given = twins.do("own name", deed)
        if isinstance(given, Fresh):
            self.tokens.append(given.value)

    @rule(number=numbers, key=keys, scope=st.sampled_from([(), ("email",), ("email", "phone")]))
    def consent(self, number: int, key: str, scope: tuple[str, ...]) -> None:
        account = self.pick(self.accounts, number) or "x"

        def deed(core: Any, tx: Any) -> Any:
            if not scope:
                return core.consents.withdraw(tx, account, key, ORIGIN)
            core.consents.give(tx, account, key, scope, ORIGIN)
            return core.consents.given(tx, account, key)

        twins.do("consent", deed)

    @rule(number=numbers, browser=st.sampled_from(["b" * 43, "c" * 43]), hint=names)
    def journey(self, number: int, browser: str, hint: str) -> None:
        journey = self.pick(self.journeys, number)

        def deed(core: Any, tx: Any) -> Any:
            found = core.journeys.find(tx, journey, browser)
            finished = core.journeys.finish(tx, journey) if hint > "a" else None
            fresh = LoginRequest(core.entropy.token(16), "oidc", None, core.clock.now(), hint=hint)
            core.journeys.begin(tx, fresh, browser)
            return found, finished, fresh.id

        done = twins.do("journey", deed)
        if isinstance(done, tuple):
            self.journeys.append(done[2])

    @rule(
        name=names, address=st.sampled_from(["192.0.2.1", "2001:db8::1", "é"]), good=st.booleans()
    )
    def try_it(self, name: str, address: str, *, good: bool) -> None:
        def deed(core: Any, tx: Any) -> Any:
            now = core.clock.now()
            key = throttle.name_key("password", name)
            tried = [
                throttle.reserve(tx, one, LIMITS, now)
                for one in (key, throttle.address_key(address))
            ]
            if good:
                throttle.settle(tx, tried[0])
                throttle.give_back(tx, tried[1])
            return tried

        twins.do("try", deed)

    @rule(kind=st.sampled_from(["a", "A"]), value=hashes, life=st.sampled_from(TIMES))
    def claim(self, kind: str, value: bytes, life: int) -> None:
        twins.do(
            "claim", lambda core, tx: used_once.claim(tx, kind, value, core.clock.now() + life)
        )

    @rule(number=numbers, value=hashes)
    def device(self, number: int, value: bytes) -> None:
        account = self.pick(self.accounts, number) or "x"

        def deed(core: Any, tx: Any) -> Any:
            known = devices.is_known(tx, account, value)
            devices.remember(tx, account, value, core.clock.now())
            return known, devices.is_known(tx, account, value)

        twins.do("device", deed)

    @rule(seconds=st.sampled_from(TIMES))
    def pass_by(self, seconds: int) -> None:
        twins.clock.pass_by(seconds)

        def deed(core: Any, tx: Any) -> None:
            core.journeys.forget_old(tx)
            used_once.forget_expired(tx, core.clock.now())
            throttle.forget_old(tx, core.clock.now())

        twins.do("forget", deed)

    @invariant()
    def same(self) -> None:
        """Cheap to ask: the tables are small."""
        if twins.deeds:
            twins.compare()
