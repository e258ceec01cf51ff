# SPDX-License-Identifier: Apache-2.0
"""Who may do what to whom: one row for each verb of each service, written by hand.

A verb without a row here fails `test_matrix.py`. A row says what each clerk gets (see `CLERKS`) for
something of the CHU, of the clinic, and of nobody: `+` it is done (or found unfit for another
reason), `-` they are told that they may not, `.` it is not there for them, `*` anything but `-`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from idp.accounts.establishments import Establishment, Standing
from idp.accounts.values import Person, Population, State
from idp.administration.authority import Authority, Held
from idp.administration.oversight.post_desk import Asked
from idp.administration.oversight.statistics import Period, Span
from idp.administration.patients.desk import Search
from idp.administration.patients.enrolment import Shown
from idp.administration.patients.values import NewPatient
from idp.administration.people.card_register import Offered as OfferedCard
from idp.administration.people.edit import New
from idp.administration.people.merging_candidates import Place
from idp.administration.people.readers import Handed, Planned
from idp.administration.people.search import Query
from idp.administration.region.announcements import Notice
from idp.administration.requests.outcomes import Approval
from idp.administration.rights import Role
from idp.administration.rules.trust_desk import Offered
from idp.applications.values import Policy
from idp.audit.pages import Wanted
from idp.credentials.cards import Kind
from idp.db import Tx
from idp.registration.listing import Query as Requests
from tests.activities import HOSPITAL
from tests.administration.kit import CHU, CLINIC
from tests.administration.matrix_rows_region import FOUND, REGIONAL
from tests.administration.scene_parts import BY_BROWSER, PROVIDER
from tests.administration.scenes import CLERKS, Scene

Call = Callable[[Any, Tx, Authority, Scene], Any]


@dataclass(frozen=True)
class Row:
    """What each clerk gets: inside, outside, nobody's."""

    inside: str
    outside: str
    nobody: str
    call: Call

    def expected(self, where: str, clerk: str) -> str:
        """For one clerk."""
        text: str = getattr(self, where)
        return text[list(CLERKS).index(clerk)]


def _see(call: Call) -> Row:
    """Whoever may see people."""
    return Row("+++++++", "++.+.+.", "++.+.+.", call)


def _change(call: Call) -> Row:
    """Super, region, and the establishment."""
    return Row("+++----", "++.----", "++.----", call)


def _help(call: Call) -> Row:
    """These and the help desk."""
    return Row("+++++--", "++.+.--", "++.+.--", call)


def _house(call: Call) -> Row:
    """What is done in an establishment: there is none of nobody."""
    return Row("+++----", "++.----", "...----", call)


def _region(call: Call) -> Row:
    """Those of the region who decide: there is no perimeter to it."""
    return Row("++-----", "++-----", "++-----", call)


def _anywhere(text: str, call: Call) -> Row:
    """The same wherever it is."""
    return Row(text, text, text, call)


PERIOD = Period.around(Span.DAY, date(2026, 9, 1))
NEW_CARD = OfferedCard("80250999", Kind.CPS, 4_000_000_000)
PATIENT = NewPatient("Nouveau", "Patient", "1950-01-02")


def _kept(service: Any, tx: Tx, authority: Authority, key: str) -> str:
    """A change of something, to be taken back."""
    change: str = service._history.keep(tx, authority, key, {"name": "Old"}, {"name": "New"})
    return change


def _new(scene: Scene) -> New:
    houses = (scene.house,) if scene.house else ()
    person = Person(Population.PROFESSIONAL, "", "Neuf", "Venu")
    return New(person, establishments=houses)


ROWS: dict[str, Row] = {
    "people.search": _anywhere("+++++++", lambda s, tx, a, x: s.search(tx, a, Query())),
    "people.sheet": _see(lambda s, tx, a, x: s.sheet(tx, a, x.professional)),
    # Where there is no establishment, only those of the region make anybody.
    "people.view_as": _see(lambda s, tx, a, x: s.view_as(tx, a, x.professional)),
    "people.create": Row(
        "+++----", "++.----", "++-----", lambda s, tx, a, x: s.create(tx, a, _new(x))
    ),
    "people.edit": _change(
        lambda s, tx, a, x: s.edit(
            tx,
            a,
            x.professional,
            x.seen_at,
            replace(x.person, town="Ailleurs"),
            s.sheet(tx, s.ground.authorities.of_command(a.origin), x.professional).particulars,
        )
    ),
    "people.set_state": _change(
        lambda s, tx, a, x: s.set_state(tx, a, x.professional, State.DISABLED)
    ),
    "people.unlock": _help(lambda s, tx, a, x: s.unlock(tx, a, x.professional)),
    "people.reset": _help(lambda s, tx, a, x: s.reset(tx, a, x.professional, "link")),
    "people.end_sessions": _change(lambda s, tx, a, x: s.end_sessions(tx, a, x.professional)),
    "people.end_lasting": _change(lambda s, tx, a, x: s.end_lasting(tx, a, x.professional, "dcc")),
    "people.remove_means": _change(
        lambda s, tx, a, x: s.remove_means(tx, a, x.professional, "passkey", x.passkey)
    ),
    "people.unlink": _help(lambda s, tx, a, x: s.unlink(tx, a, x.professional, "chu")),
    "people.affiliate": _change(lambda s, tx, a, x: s.affiliate(tx, a, x.professional, CHU)),
    # Each establishment lets people go by itself.
    "people.unaffiliate": _change(
        lambda s, tx, a, x: s.unaffiliate(tx, a, x.professional, x.house or CLINIC)
    ),
    "people.join": _change(lambda s, tx, a, x: s.join(tx, a, x.professional, "perinat-centre")),
    "people.leave": _change(lambda s, tx, a, x: s.leave(tx, a, x.professional, "perinat-centre")),
    "people.history": _see(lambda s, tx, a, x: s.history(tx, a, x.professional)),
    # What is undone is undone by the verb that did it; whoever sees nothing learns nothing.
    "people.undo": Row(
        "+++----", "++.-.-.", "++.-.-.", lambda s, tx, a, x: s.undo(tx, a, x.change)
    ),
    "merging.candidates": _region(lambda s, tx, a, x: s.candidates(tx, a, x.professional)),
    "merging.probable": _anywhere("++-----", lambda s, tx, a, x: s.probable(tx, a, 10, Place())),
    "merging.compare": _region(lambda s, tx, a, x: s.compare(tx, a, x.professional, x.double)),
    "merging.merge": _region(lambda s, tx, a, x: s.merge(tx, a, x.professional, x.double)),
    "roles.give": _region(
        lambda s, tx, a, x: s.give(tx, a, x.professional, Held(Role.AUDITOR, x.house))
    ),
    "roles.take": _region(
        lambda s, tx, a, x: s.take(tx, a, x.helper, Held(Role.HELP_DESK, x.house))
    ),
    "proposals.listed": _region(lambda s, tx, a, x: s.listed(tx, a)),
    "proposals.agree": _region(lambda s, tx, a, x: s.agree(tx, a, x.proposal)),
    "proposals.decline": _region(lambda s, tx, a, x: s.decline(tx, a, x.proposal)),
    "views.listed": _anywhere("+++++++", lambda s, tx, a, x: s.listed(tx, a, "accounts")),
    "views.keep": _anywhere("+++++++", lambda s, tx, a, x: s.keep(tx, a, "accounts", "x", {})),
    "views.drop": _anywhere("+++++++", lambda s, tx, a, x: s.drop(tx, a, x.region.view)),
    "statistics.report": _anywhere("++---+-", lambda s, tx, a, x: s.report(tx, a, PERIOD)),
    "statistics.facts": _anywhere("++---+-", lambda s, tx, a, x: s.facts(tx, a, PERIOD)),
    "statistics.waiting": _anywhere("++---+-", lambda s, tx, a, x: s.waiting(tx, a)),
    "statistics.count_anew": _region(lambda s, tx, a, x: s.count_anew(tx, a)),
    "house_figures.listed": _anywhere("+++--++", lambda s, tx, a, x: s.listed(tx, a)),
    "house_figures.report": Row(
        "+++--++", "++.--+.", "...--..", lambda s, tx, a, x: s.report(tx, a, x.house, PERIOD)
    ),
    "audit.search": _anywhere("++---+-", lambda s, tx, a, x: s.search(tx, a, Wanted())),
    "audit.one": _anywhere("++---+-", lambda s, tx, a, x: s.one(tx, a, x.event)),
    "audit.begin_export": _anywhere(
        "++---+-", lambda s, tx, a, x: s.begin_export(tx, a, Wanted(), "csv")
    ),
    "verifying.listed": _anywhere("++---+-", lambda s, tx, a, x: s.listed(tx, a)),
    "verifying.ask": _anywhere("++---+-", lambda s, tx, a, x: s.ask(tx, a)),
    "patients.enrol": _house(lambda s, tx, a, x: s.enrol(tx, a, x.house, PATIENT)),
    "patients.collect": _house(
        lambda s, tx, a, x: s.collect(tx, a, x.house, Shown("gebeaupre", "1948-11-30"))
    ),
    "patients.renew": _house(lambda s, tx, a, x: s.renew(tx, a, x.patient, x.house)),
    "patients.withdraw": _house(lambda s, tx, a, x: s.withdraw(tx, a, x.patient, x.house)),
    "patient_desk.search": _anywhere("+++----", lambda s, tx, a, x: s.search(tx, a, Search())),
    "patient_desk.sheet": _change(lambda s, tx, a, x: s.sheet(tx, a, x.patient)),
    "letters.prepare": _change(lambda s, tx, a, x: s.prepare(tx, a, [x.patient])),
    "letters.print": _change(lambda s, tx, a, x: s.print(tx, a, x.patient, "hash")),
    "letters.print_all": _change(lambda s, tx, a, x: s.print_all(tx, a, [(x.patient, "hash")])),
    "letters.hand_over": _change(lambda s, tx, a, x: s.hand_over(tx, a, x.letter, "2026-09-21")),
    "letters.of_account": _change(lambda s, tx, a, x: s.of_account(tx, a, x.patient)),
    "houses.every": _anywhere("+++++++", lambda s, tx, a, x: s.every(tx, a)),
    "houses.load": _see(lambda s, tx, a, x: s.load(tx, a, x.house or CLINIC)),
    "houses.add": _region(
        lambda s, tx, a, x: s.add(tx, a, Establishment("450000104", "Autre", "Orléans"))
    ),
    "houses.edit": _region(
        lambda s, tx, a, x: s.edit(tx, a, "", Establishment(x.house or CLINIC, "Autre", "Orléans"))
    ),
    "houses.set_standing": _region(
        lambda s, tx, a, x: s.set_standing(tx, a, x.house or CLINIC, Standing.CLOSED)
    ),
    "networks.every": _anywhere("+++++++", lambda s, tx, a, x: s.every(tx, a)),
    "networks.add": _region(lambda s, tx, a, x: s.add(tx, a, "neuro-centre", "NEURO Centre")),
    "networks.rename": _region(
        lambda s, tx, a, x: s.rename(tx, a, "onco-centre", "Onco Centre", "Onco")
    ),
    "networks.open_to_houses": _region(
        lambda s, tx, a, x: s.open_to_houses(tx, a, "onco-centre", opened=False)
    ),
    "networks.remove": _region(lambda s, tx, a, x: s.remove(tx, a, "perinat-centre")),
    "client_names.call_account": _change(
        lambda s, tx, a, x: s.call_account(tx, a, "annuaire", x.professional, "hr-1")
    ),
    "practising.seen": _see(lambda s, tx, a, x: s.seen(tx, a, x.professional)),
    "practising.write": _region(lambda s, tx, a, x: s.write(tx, a, x.professional, [HOSPITAL])),
    "practising.put": _region(lambda s, tx, a, x: s.put(tx, a, x.professional, HOSPITAL)),
    "practising.take_away": _region(lambda s, tx, a, x: s.take_away(tx, a, x.professional, "x")),
    "client_names.call_community": _anywhere(
        "+++----", lambda s, tx, a, x: s.call_community(tx, a, "annuaire", "onco-centre", "team-1")
    ),
    "notices.every": _region(lambda s, tx, a, x: s.every(tx, a)),
    "notices.add": _region(lambda s, tx, a, x: s.add(tx, a, Notice("Un mot", "A word"))),
    "notices.end": _region(lambda s, tx, a, x: s.end(tx, a, x.announcement)),
    "registers.status": _anywhere("+++++++", lambda s, tx, a, x: s.status(tx, a)),
    "registers.rejects": _region(lambda s, tx, a, x: s.rejects(tx, a, x.region.generation)),
    "registers.by_number": _anywhere("+++++++", lambda s, tx, a, x: s.by_number(tx, a, "810")),
    "registers.by_name": _anywhere("+++++++", lambda s, tx, a, x: s.by_name(tx, a, "Durand", "")),
    "registers.structure": _anywhere("+++++++", lambda s, tx, a, x: s.structure(tx, a, CHU)),
    "registers.ask": _region(lambda s, tx, a, x: s.ask(tx, a, "practitioners")),
    "queue.list": _anywhere("+++--++", lambda s, tx, a, x: s.list(tx, a, Requests())),
    "queue.next_one": _anywhere("+++--++", lambda s, tx, a, x: s.next_one(tx, a, Requests())),
    "queue.counts": _anywhere("+++--++", lambda s, tx, a, x: s.counts(tx, a)),
    "queue.figures": _anywhere("+++--++", lambda s, tx, a, x: s.figures(tx, a)),
    "queue.open": Row(
        "+++--++", "++.--+.", "++.--+.", lambda s, tx, a, x: s.open(tx, a, x.request)
    ),
    "queue.version": Row(
        "+++--++", "++.--+.", "++.--+.", lambda s, tx, a, x: s.version(tx, a, x.request)
    ),
}
DECIDE: dict[str, Call] = {
    "claim": lambda s, tx, a, x: s.claim(tx, a, x.request, 1),
    "assign": lambda s, tx, a, x: s.assign(tx, a, x.request, 1, x.clerk_there),
    "release": lambda s, tx, a, x: s.release(tx, a, x.request, 1),
    "note": lambda s, tx, a, x: s.note(tx, a, x.request, "vu"),
    "deciders": lambda s, tx, a, x: s.deciders(tx, a, x.request),
    "approve": lambda s, tx, a, x: s.approve(tx, a, x.request, 1, Approval()),
    "attach": lambda s, tx, a, x: s.attach(tx, a, x.request, 1, x.professional),
    "ask_more": lambda s, tx, a, x: s.ask_more(tx, a, x.request, 1, "Quoi ?"),
    "refuse": lambda s, tx, a, x: s.refuse(tx, a, x.request, 1, "Non"),
    "reopen": lambda s, tx, a, x: s.reopen(tx, a, x.refused, 2),
    "pass_on": lambda s, tx, a, x: s.pass_on(tx, a, x.request, 1),
}
IMPORT: dict[str, Call] = {
    "sheet": lambda s, tx, a, x: s.sheet(tx, a, x.runs["read"]),
    "lines": lambda s, tx, a, x: s.lines(tx, a, x.runs["planned"]),
    "map": lambda s, tx, a, x: s.map(tx, a, x.runs["read"], {}),
    "start": lambda s, tx, a, x: s.start(tx, a, x.runs["planned"]),
    "stop": lambda s, tx, a, x: s.stop(tx, a, x.runs["running"]),
    "resume": lambda s, tx, a, x: s.resume(tx, a, x.runs["stopped"]),
    "undo": lambda s, tx, a, x: s.undo(tx, a, x.runs["done"]),
    "drop": lambda s, tx, a, x: s.drop(tx, a, x.runs["read"]),
}
ROWS |= {f"queue.{name}": _change(call) for name, call in DECIDE.items()}
ROWS |= {f"imports.{name}": _change(call) for name, call in IMPORT.items()}
ROWS["imports.listed"] = _anywhere("+++----", lambda s, tx, a, x: s.listed(tx, a))
ROWS |= {verb: _anywhere(text, call) for verb, (text, call) in REGIONAL.items()}
# Whoever sees the region; those and the help desk.
_SEEN, _HELPED = "++---+-", "++-+-+-"
ROWS |= {
    "applications.listed": _anywhere(_SEEN, lambda s, tx, a, x: s.listed(tx, a)),
    "applications.one": _anywhere(_SEEN, lambda s, tx, a, x: s.one(tx, a, "dcc")),
    "applications.history": _anywhere(_SEEN, lambda s, tx, a, x: s.history(tx, a, "dcc")),
    "applications.create": _region(lambda s, tx, a, x: s.create(tx, a, {})),
    "applications.edit": _region(lambda s, tx, a, x: s.edit(tx, a, "dcc", 1, {})),
    "applications.put_back": _region(lambda s, tx, a, x: s.put_back(tx, a, "dcc", 1, 1)),
    "applications.set_enabled": _region(
        lambda s, tx, a, x: s.set_enabled(tx, a, "dcc", enabled=False)
    ),
    "applications.new_secret": _region(lambda s, tx, a, x: s.new_secret(tx, a, "dcc")),
    "following.of": _anywhere(_SEEN, lambda s, tx, a, x: s.of(tx, a, "dcc")),
    "following.every": _anywhere(_SEEN, lambda s, tx, a, x: s.every(tx, a)),
    "following.plan": _region(lambda s, tx, a, x: s.plan(tx, a, "dcc", FOUND)),
    "following.follow": _region(lambda s, tx, a, x: s.follow(tx, a, "dcc", FOUND, (1, ""))),
    "following.stop": _region(lambda s, tx, a, x: s.stop(tx, a, "dcc")),
    "applications.put_logo": _region(lambda s, tx, a, x: s.put_logo(tx, a, "dcc", None)),
    "access.of": _anywhere(_SEEN, lambda s, tx, a, x: s.of(tx, a, Policy(), ("password",))),
    "passwords.history": _anywhere(_SEEN, lambda s, tx, a, x: s.history(tx, a, Population.STAFF)),
    "passwords.undo": _region(
        lambda s, tx, a, x: s.undo(tx, a, Population.STAFF, _kept(s, tx, a, "staff"))
    ),
    "houses.history": _see(lambda s, tx, a, x: s.history(tx, a, x.house or CLINIC)),
    "houses.undo": _region(
        lambda s, tx, a, x: s.undo(tx, a, x.house or CLINIC, _kept(s, tx, a, x.house or CLINIC))
    ),
    "networks.history": _anywhere("+++++++", lambda s, tx, a, x: s.history(tx, a, "onco-centre")),
    "networks.undo": _region(
        lambda s, tx, a, x: s.undo(tx, a, "onco-centre", _kept(s, tx, a, "onco-centre"))
    ),
    "passwords.listed": _anywhere(_SEEN, lambda s, tx, a, x: s.listed(tx, a)),
    "passwords.one": _anywhere(_SEEN, lambda s, tx, a, x: s.one(tx, a, Population.STAFF)),
    "passwords.set": _region(lambda s, tx, a, x: s.set(tx, a, Population.STAFF, {"length": 20})),
    "passwords.reset": _region(lambda s, tx, a, x: s.reset(tx, a, Population.STAFF)),
    "settings.listed": _anywhere(_SEEN, lambda s, tx, a, x: s.listed(tx, a)),
    "post.listed": _anywhere(_HELPED, lambda s, tx, a, x: s.listed(tx, a, Asked())),
    "post.traffic": _anywhere(_HELPED, lambda s, tx, a, x: s.traffic(tx, a)),
    "post.one": _anywhere(_HELPED, lambda s, tx, a, x: s.one(tx, a, x.message)),
    "post.hasten": _anywhere("++-+---", lambda s, tx, a, x: s.hasten(tx, a, x.message)),
    "post.cancel": _anywhere("++-+---", lambda s, tx, a, x: s.cancel(tx, a, x.message)),
    "keys.listed": _anywhere(_SEEN, lambda s, tx, a, x: s.listed(tx, a)),
    "keys.rotate": _anywhere("+------", lambda s, tx, a, x: s.rotate(tx, a, "ES256")),
    "keys.revoke": _anywhere("+------", lambda s, tx, a, x: s.revoke(tx, a, x.region.kid)),
    "cards.find": _see(lambda s, tx, a, x: s.find(tx, a, x.card)),
    "cards.revoke": _change(lambda s, tx, a, x: s.revoke(tx, a, x.card)),
    "cards.restore": _change(lambda s, tx, a, x: s.restore(tx, a, x.card)),
    "cards.bindable": _region(lambda s, tx, a, x: s.bindable(tx, a, x.professional, NEW_CARD)),
    "cards.bind": _region(lambda s, tx, a, x: s.bind(tx, a, x.professional, NEW_CARD)),
    "readers.hand_over": _region(lambda s, tx, a, x: s.hand_over(tx, a, x.card, Handed("B"))),
    "readers.carry": _anywhere("++-----", lambda s, tx, a, x: s.carry(tx, a, Planned((), 0))),
    "readers.switch_off": _change(lambda s, tx, a, x: s.switch_off(tx, a, x.read_card)),
    "readers.switch_on": _region(lambda s, tx, a, x: s.switch_on(tx, a, x.read_card)),
    "readers.resync": _help(lambda s, tx, a, x: s.resync(tx, a, x.read_card, 1, 0)),
    "cards.deliveries": _anywhere("++-+-+-", lambda s, tx, a, x: s.deliveries(tx, a)),
    "providers.every": _anywhere(_SEEN, lambda s, tx, a, x: s.every(tx, a)),
    "providers.load": _anywhere(_SEEN, lambda s, tx, a, x: s.load(tx, a, "chu")),
    "providers.history": _anywhere(_SEEN, lambda s, tx, a, x: s.history(tx, a, "chu")),
    "providers.add": _anywhere("+------", lambda s, tx, a, x: s.add(tx, a, PROVIDER)),
    "providers.edit": _anywhere("+------", lambda s, tx, a, x: s.edit(tx, a, PROVIDER)),
    "providers.renew": _anywhere(
        "+------", lambda s, tx, a, x: s.renew(tx, a, "chs", 1, BY_BROWSER.spoken)
    ),
    "providers.put_logo": _anywhere("+------", lambda s, tx, a, x: s.put_logo(tx, a, "chu", None)),
    "providers.tried": _anywhere("+------", lambda s, tx, a, x: s.tried(tx, a, "chu", "")),
    "providers.set_enabled": _anywhere(
        "+------", lambda s, tx, a, x: s.set_enabled(tx, a, "chu", enabled=False)
    ),
    "trust.store": _anywhere(_SEEN, lambda s, tx, a, x: s.store(tx, a)),
    "trust.add": _anywhere("+------", lambda s, tx, a, x: s.add(tx, a, Offered("", "x"))),
    "trust.remove": _anywhere("+------", lambda s, tx, a, x: s.remove(tx, a, x.region.fingerprint)),
}
# They take an authority and are no verb: a service asks them on behalf of one.
NO_VERBS = {
    "applications.may_change",
    "authorities.narrowed",
    "proposals.asks",
    "proposals.put",
    "patients.known_at",
    "patients.may_tell",
    # Of a run that `imports.sheet` has given them.
    "imports.mapping_of",
    "imports.opens",
    "imports.first_rows",
    # The first half of `imports.read`.
    "imports.take_in",
}
