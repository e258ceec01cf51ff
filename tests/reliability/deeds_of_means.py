# SPDX-License-Identifier: Apache-2.0
"""What may be done to means, addresses, messages and alarms, among all the rest: see RL-20."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from connectors.ports import NewPasskey
from idp.accounts import national_ids
from idp.accounts import service as accounts
from idp.accounts.contact import Contact
from idp.accounts.profile import Profiles
from idp.accounts.values import Account, Person, Population, State
from idp.credentials import cards, one_time_codes, otp, recovery, reset_links, totp
from idp.credentials.cards import Card, Kind
from idp.credentials.code_sending import Letter
from idp.credentials.one_time_codes import Binding, Purpose
from idp.credentials.passwords import Reason
from idp.credentials.policy import PROFILES
from idp.db import part
from idp.login.renewal import Why
from idp.login.watch import Watch
from idp.login.withdrawal import Withdrawal
from idp.messages import quotas, records
from idp.messages.alarms import Cause, Seen, standing
from idp.messages.noting import Noting
from idp.messages.outbox import Message
from tests.reliability.deeds import ORIGIN, TIMES, Deeds, numbers, twins
from tests.reliability.twins import GiveUp

HASHES = ("h1", "h2", "h3", "h4")
PHONES = ("+33612345678", "+33612345679", "+262692123456", "")
EMAILS = ("claire@x.example", "CLAIRE@x.example", "élise@x.example", "a@b.example")
SERIALS = ("s1", "S1", "s2")
populations = st.sampled_from(Population)
purposes = st.sampled_from(Purpose)


class DeedsOfMeans(Deeds):
    """The same, and what people do with their means."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = ["x"]
        self.typed: list[str] = ["000000"]
        self.papers: list[str] = ["x"]
        self.passkeys: list[Any] = []

    @initialize()
    def begin(self) -> None:
        """There is always somebody."""
        twins.begin()
        for number, population in enumerate(Population):
            person = Person(population, f"p{number}", "A", "B", email=f"p{number}@x.example")
            made = twins.do("somebody", lambda core, tx, one=person: core.accounts.create(tx, one))
            self.accounts.append(made.id)

    def of(self, number: int) -> str:
        """One of the accounts, or none."""
        return str(self.pick([*self.accounts, "x"], number))

    @rule(number=numbers, hashed=st.sampled_from(HASHES), temporary=st.booleans())
    def password_set(self, number: int, hashed: str, *, temporary: bool) -> None:
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            if temporary:
                core.passwords.set_temporary(tx, account, hashed, Reason.FIRST, ORIGIN)
            else:
                core.passwords.put(tx, account, hashed, ORIGIN)
            population = accounts.population_of(tx, account)
            return (
                core.passwords.due(tx, account, population),
                core.passwords.standing(tx, account, population),
            )

        twins.do("password", deed)

    @rule(number=numbers, hashed=st.sampled_from(HASHES), why=st.sampled_from(Why))
    def password_renewed(self, number: int, hashed: str, why: Why) -> None:
        account, session = self.of(number), self.pick(self.sessions, number)

        def deed(core: Any, tx: Any) -> Any:
            found, kept = accounts.load(tx, account), session.id if session else None
            return core.renewal.change(tx, found, hashed, kept, why, ORIGIN) if found else None

        twins.do("password renewed", deed)

    @rule(population=populations, profile=st.sampled_from(sorted(PROFILES)), history=numbers)
    def policy(self, population: Population, profile: str, history: int) -> None:
        def deed(core: Any, tx: Any) -> Any:
            if history == 5:
                return core.policies.reset(tx, population, ORIGIN)
            core.policies.set(tx, population, replace(PROFILES[profile], history=history), ORIGIN)
            return core.policies.of(tx, population)

        twins.do("policy", deed)

    @rule(number=numbers, temporary=st.booleans())
    def link_given(self, number: int, *, temporary: bool) -> None:
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            if temporary:
                return core.reset_links.give_temporary(tx, account, "corbeau", "sms", 3600)
            return core.reset_links.give(tx, account)

        given = twins.do("link", deed)
        self.links.append(given or "x")

    @rule(number=numbers, use=st.booleans())
    def link_used(self, number: int, *, use: bool) -> None:
        secret, account = self.links[-1 - number % len(self.links)], self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            found = core.reset_links.find(tx, secret)
            if use:
                return (
                    found,
                    core.reset_links.use(tx, secret),
                    core.reset_links.use_temporary(tx, account, "corbeau"),
                )
            return found, core.reset_links.is_temporary(tx, account, "corbeau")

        twins.do("link used", deed)

    @rule(number=numbers, purpose=purposes, channel=st.sampled_from(["sms", "email"]))
    def code_sent(self, number: int, purpose: Purpose, channel: str) -> None:
        # Of two made in one second neither is the last one.
        twins.clock.pass_by(1)
        bound = Binding(self.of(number), purpose, "transaction")
        to = PHONES[number % 3] if channel == "sms" else EMAILS[number % 4]
        made: list[str] = []

        def deed(core: Any, tx: Any) -> Any:
            if number == 5:
                return core.otp.sending.send(tx, bound, Letter(channel, to, "fr", 300), ORIGIN)
            code = core.otp.codes.make(tx, bound, channel, to, 300)
            made.append(code.digits)
            return code, core.otp.sending.wait(tx, bound, channel, to)

        twins.do("code", deed)
        self.typed.extend(made[:1])

    @rule(number=numbers, purpose=purposes, keep=st.booleans())
    def code_typed(self, number: int, purpose: Purpose, *, keep: bool) -> None:
        bound = Binding(self.of(number), purpose, "transaction")
        digits = self.typed[-1 - number % len(self.typed)]

        def deed(core: Any, tx: Any) -> Any:
            before = core.otp.codes.find(tx, bound)
            return before, core.otp.codes.use(tx, bound, digits, keep=keep)

        twins.do("code typed", deed)

    @rule(number=numbers, on=st.booleans())
    def codes_switched(self, number: int, *, on: bool) -> None:
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            switched = (core.otp.enable if on else core.otp.disable)(tx, account, ORIGIN)
            found = accounts.load(tx, account)
            lack = core.otp.lacks(tx, found) if found else None
            return switched, otp.is_enabled(tx, account), lack

        twins.do("codes switched", deed)

    @rule(number=numbers, serial=st.sampled_from(SERIALS), revoke=st.booleans())
    def card(self, number: int, serial: str, *, revoke: bool) -> None:
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            if revoke:
                return core.cards.revoke(tx, serial, ORIGIN, "desk"), cards.of_account(tx, account)
            now = core.clock.now()
            return core.cards.add(tx, Card(serial, account, Kind.CPS, now + 3600, now), ORIGIN)

        twins.do("card", deed)

    @rule(number=numbers, serial=st.sampled_from(SERIALS), family=st.sampled_from(["cps", "other"]))
    def card_used(self, number: int, serial: str, family: str) -> None:
        account = self.of(number)
        twins.clock.pass_by(number)

        def deed(core: Any, tx: Any) -> Any:
            until = core.clock.now() + 3600
            shown = Card(serial, account, Kind.CPA, until, family=family, authority="a")
            used = core.cards.use(tx, shown, ORIGIN)
            again = core.cards.restore(tx, serial, ORIGIN) if number == 5 else None
            return used, again, cards.of_account(tx, account), cards.find(tx, serial)

        twins.do("card used", deed)

    @rule(number=numbers, national_id=st.sampled_from(["8A", "8a", "8Á", "0B"]))
    def renumbered(self, number: int, national_id: str) -> None:
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            with part(tx) as own:
                refused = core.accounts.renumber(tx, account, national_id, ORIGIN)
                if refused is not None:
                    own.give_up()
            former = national_ids.former_of(tx, account)
            return refused, former, accounts.by_national_id(tx, national_id)

        twins.do("renumbered", deed)

    @rule(number=numbers, step=numbers, what=st.sampled_from(["put", "take", "remove"]))
    def app(self, number: int, step: int, what: str) -> None:
        account = self.of(number)
        if what == "take":
            twins.alone("step", lambda core: core.authenticators.take(account, step))
            return

        def deed(core: Any, tx: Any) -> Any:
            if what == "put":
                core.authenticators.put(tx, account, "SEED", "App", step, ORIGIN)
                return totp.find(tx, account)
            core.recovery.drop(tx, account)
            return core.authenticators.remove(tx, account, ORIGIN)

        twins.do(f"{what} app", deed)

    @rule(number=numbers, renew=st.booleans(), keep=st.booleans())
    def paper(self, number: int, *, renew: bool, keep: bool) -> None:
        account, typed = self.of(number), self.papers[-1 - number % len(self.papers)]
        if renew:
            made = twins.do("paper", lambda core, tx: core.recovery.renew(tx, account, ORIGIN))
            self.papers.extend(made if isinstance(made, tuple) else ())
            return
        twins.alone("paper", lambda core: core.recovery.use(account, typed, keep=keep))
        twins.do("left", lambda _core, tx: recovery.remaining(tx, account))

    @rule(number=numbers, credential=numbers, answer=numbers)
    def passkey_added(self, number: int, credential: int, answer: int) -> None:
        twins.clock.pass_by(1)
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            challenge = bytes([answer]) * 32
            made = NewPasskey(challenge, bytes([credential]), b"k", 0, ("usb",), "m", True)
            return core.passkeys.add(tx, account, made, "Clé", ORIGIN)

        self.passkeys.append(twins.do("passkey", deed))

    @rule(number=numbers, other=numbers, remove=st.booleans())
    def passkey_changed(self, number: int, other: int, *, remove: bool) -> None:
        account, held = self.of(number), self.pick(self.passkeys, other)
        name = getattr(held, "id", "x")

        def deed(core: Any, tx: Any) -> Any:
            if remove:
                return core.passkeys.remove(tx, account, name, ORIGIN)
            renamed = core.passkeys.rename(tx, account, name, "Æ")
            return renamed, core.passkeys.listed(tx, account)

        twins.do("passkey changed", deed)

    @rule(number=numbers, email=st.sampled_from(EMAILS), phone=st.sampled_from(PHONES))
    def contact(self, number: int, email: str, phone: str) -> None:
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            contact = Contact(core.clock, core.audit)
            changed = contact.set_email(tx, account, email, ORIGIN)
            if account != "x":
                contact.set_phone(tx, account, phone, ORIGIN)
            spoken = Profiles(core.clock, core.audit).speak(tx, account, "en", ORIGIN)
            return changed, spoken, accounts.load(tx, account)

        twins.do("contact", deed)

    @rule(number=numbers)
    def withdrawn(self, number: int) -> None:
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            found = accounts.load(tx, account)
            closing = Withdrawal(
                core.accounts,
                core.sessions,
                core.consents,
                core.agreements,
                core.alerts,
                core.audit,
            )
            closed = closing.close(tx, found, ORIGIN) if isinstance(found, Account) else None
            if number == 5:
                raise GiveUp(closed)
            core.accounts.set_state(tx, account, State.ACTIVE, ORIGIN)
            return closed

        twins.do("withdrawal", deed)

    @rule(number=numbers, what=st.sampled_from(["put", "withdraw", "hasten", "drop", "list"]))
    def message(self, number: int, what: str) -> None:
        account = self.of(number)

        def deed(core: Any, tx: Any) -> Any:
            match what:
                case "put":
                    to = EMAILS[number % 4]
                    return core.outbox.put(
                        tx, Message("email", "new-device", to, account, "fr", 60 * (number + 1))
                    )
                case "withdraw":
                    return core.outbox.withdraw(tx, account, "new-device")
                case "drop":
                    return Noting(core.clock, core.audit).drop_worthless(tx)
            found = records.listed(tx)
            if what == "hasten" and found:
                return records.hasten(tx, min(one.id for one in found), core.clock.now())
            return sorted(map(repr, found)), records.counts(tx)

        twins.do(f"{what} message", deed)

    @rule(number=numbers, kind=st.sampled_from(["code", "reset"]))
    def quota(self, number: int, kind: str) -> None:
        channel = "sms" if number < 3 else "email"
        to = PHONES[number] if number < 3 else EMAILS[number - 3]
        twins.do(
            "quota", lambda core, tx: core.quotas.take(tx, channel, to, f"192.0.2.{number}", kind)
        )

    @rule(cause=st.sampled_from(Cause), life=st.sampled_from(TIMES), country=numbers)
    def alarm(self, cause: Cause, life: int, country: int) -> None:
        seen = Seen(cause, 1, 2, ("+33", "+262", "")[country % 3])

        def deed(core: Any, tx: Any) -> Any:
            now = core.clock.now()
            raised = core.alarms.sound(tx, seen, now + life)
            return raised, standing(tx, now), core.alarms.stands(tx, cause, seen.country)

        twins.do("alarm", deed)

    @rule()
    def watch(self) -> None:
        def look(core: Any) -> None:
            wanted = replace(core.settings.alarms, codes=1, codes_used=100)
            Watch(core.database, core.clock, core.alarms, wanted, core.trust).look()

        twins.alone("watch", look)

    @rule(seconds=st.sampled_from(TIMES))
    def forget_means(self, seconds: int) -> None:
        twins.clock.pass_by(seconds)

        def deed(core: Any, tx: Any) -> None:
            now = core.clock.now()
            reset_links.forget_old(tx, now - 86_400)
            one_time_codes.forget_old(tx, now - 86_400)
            quotas.forget_old(tx, now)
            core.pending.forget_old(tx)
            core.alarms.end_over(tx)

        twins.do("forget means", deed)
