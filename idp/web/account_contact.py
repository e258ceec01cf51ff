# SPDX-License-Identifier: Apache-2.0
"""« My account »: e-mail address and telephone, each proved by a code before it counts."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from idp.accounts.values import Account, Population, fold
from idp.credentials import otp
from idp.credentials.addresses import Addresses, Kind, Proved, Unfit
from idp.credentials.code_sending import Awaited
from idp.http.flask_app import PageServer
from idp.http.problems import problem_page
from idp.http.services import Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.messages.numbers import canonical_number
from idp.messages.outbox import masked
from idp.messages.shown import shown_moment
from idp.web.account_confirm import proved_beside
from idp.web.account_parts import Owner, done_word, owner_of, proved_owner
from idp.web.means import sentence_of
from idp.web.other_sessions import said

HOME = "/account/contact"
LONGEST_TYPED = 320


class ContactPages:
    """GET and POST under /account/contact."""

    def __init__(self, services: Services, addresses: Addresses) -> None:
        self._services = services
        self._core = services.core
        self._addresses = addresses

    def mount(self, app: PageServer) -> None:
        """The addresses."""
        both = ["GET", "POST"]
        app.page(HOME, "account_contact", self.home)
        app.page(f"{HOME}/<word>", "account_contact_change", self.change, methods=both)
        app.page(f"{HOME}/<word>/code", "account_contact_code", self.code, methods=both)
        app.page(f"{HOME}/phone/remove", "account_contact_remove", self.remove, methods=both)

    def home(self) -> Answer:
        """What we can reach the person by, and what each is good for."""
        owner = owner_of(self._services, HOME)
        if not isinstance(owner, Owner):
            return owner
        account, core = owner.account, self._core
        person = account.person
        with core.database.read() as tx:
            enabled = otp.is_enabled(tx, account.id)
            lack = core.otp.lacks(tx, account)
        context = {
            "contact": {
                "email": person.email,
                "email_verified": person.email_verified,
                "phone": person.phone,
                "phone_verified": person.phone_verified,
                "is_patient": person.population is Population.PATIENT,
                "otp_on": enabled,
                "otp_lack": sentence_of(otp.KIND, lack) if lack else None,
                "done": said(_done_sentence(done_word())),
            }
        }
        return Page("account/contact.html", context, headers=list(NO_STORE))

    def change(self, word: str) -> Answer:
        """A new address is typed; a code is sent to it."""
        kind = _kind(word)
        if kind is None:
            return problem_page("not-found", status=404)
        page = f"{HOME}/{kind.value}"
        typed = request.form.get("address", "")[:LONGEST_TYPED]
        owner = owner_of(self._services, page)
        if not isinstance(owner, Owner):
            return owner
        own = _is_on_file(kind, owner.account, typed) if typed else "verify" in request.args
        owner = self._prove(f"{page}?verify=yes" if own else page, own=own)
        if not isinstance(owner, Owner):
            return owner
        account = owner.account
        if request.method != "POST":
            known = kind.of(account) if request.args.get("verify") else ""
            return _change_page(kind, account, known)
        address = self._addresses.read(kind, typed)
        if isinstance(address, Unfit):
            return _change_page(kind, account, typed, address.value)
        if _is_proved(kind, account, address):
            return _change_page(kind, account, typed, "same")
        session, origin = owner.session.id, owner.visit.call.origin
        why = self._addresses.ask(account.id, session, kind, address, origin)
        if why and why != "too-early":
            return _change_page(kind, account, typed, why)
        return see_other(f"{page}/code")

    def code(self, word: str) -> Answer:
        """The code that was sent to the new address comes back; or another one is asked for."""
        kind = _kind(word)
        if kind is None:
            return problem_page("not-found", status=404)
        page = f"{HOME}/{kind.value}/code"
        owner = owner_of(self._services, page)
        if not isinstance(owner, Owner):
            return owner
        account, session, origin = owner.account, owner.session.id, owner.visit.call.origin
        awaited = self._addresses.awaited(account.id, session, kind)
        own = awaited is not None and _is_on_file(kind, account, awaited.address)
        prover = self._prove(page, own=own)
        if not isinstance(prover, Owner):
            return prover
        if awaited is None:
            return see_other(f"{HOME}/{kind.value}")
        if request.method != "POST":
            return _code_page(kind, awaited)
        if request.form.get("channel"):
            posted = self._addresses.ask(account.id, session, kind, awaited.address, origin)
            again = self._addresses.awaited(account.id, session, kind)
            return _code_page(kind, again or awaited, posted=posted)
        typed, at = request.form.get("code", ""), self._moment_for(account)
        proved = self._addresses.prove(account.id, session, kind, typed, origin, at)
        if proved is Proved.DONE:
            return see_other(f"{HOME}?done={kind.value}")
        again = self._addresses.awaited(account.id, session, kind)
        return _code_page(kind, again or awaited, wrong=True)

    def remove(self) -> Answer:
        """The number goes, once that was confirmed."""
        owner = proved_beside(self._services, f"{HOME}/phone/remove")
        if not isinstance(owner, Owner):
            return owner
        account = owner.account
        if not account.person.phone:
            return see_other(HOME)
        if request.method == "POST":
            at = self._moment_for(account)
            self._addresses.remove_phone(account.id, owner.visit.call.origin, at)
            return see_other(f"{HOME}?done=phone-removed")
        ways = otp.destinations(account.person)
        context = {"phone": account.person.phone, "is_last": set(ways) == {"sms"}}
        return Page("account/contact_remove.html", context, headers=list(NO_STORE))

    def _prove(self, page: str, *, own: bool) -> Owner | Answer:
        """Whoever changes an address proves more than the password.

        Not where they verify the one that is on file: its code is the very proof, and where it
        goes was not said by them.
        """
        return (proved_owner if own else proved_beside)(self._services, page)

    def _moment_for(self, account: Account) -> str:
        """This moment, in the language in which the person gets mail."""
        return shown_moment(self._core.clock.now(), account.person.locale)


def _done_sentence(word: str) -> str | None:
    """What was just done, where the address says so in one of our words."""
    sentences = {
        "email": _("Your e-mail address is verified."),
        "phone": _("Your mobile number is verified."),
        "phone-removed": _("Your mobile number has been removed."),
        "otp-on": _("One-time codes are switched on."),
        "otp-off": _("One-time codes are switched off."),
    }
    found = sentences.get(word)
    return None if found is None else str(found)


def _kind(word: str) -> Kind | None:
    return next((one for one in Kind if one.value == word), None)


def _is_proved(kind: Kind, account: Account, address: str) -> bool:
    """Whether the account has this very address already, and it is known to be theirs."""
    person = account.person
    proved = person.email_verified if kind is Kind.EMAIL else person.phone_verified
    return proved and fold(kind.of(account)) == fold(address)


def _is_on_file(kind: Kind, account: Account | None, typed: str) -> bool:
    """Whether the account has this very address already."""
    if account is None:
        return False
    known = kind.of(account)
    if kind is Kind.PHONE:
        return bool(known) and canonical_number(known) == canonical_number(typed)
    # To the letter: two that fold alike may be two mailboxes.
    return bool(known) and known == typed.strip()


def _change_page(kind: Kind, account: Account, typed: str, error: str = "") -> Page:
    context = {"kind": kind.value, "now": kind.of(account), "typed": typed, "error": error}
    return Page("account/contact_change.html", context, headers=list(NO_STORE))


def _code_page(kind: Kind, awaited: Awaited, *, posted: str = "", wrong: bool = False) -> Page:
    context: dict[str, Any] = {
        "kind": kind.value,
        "sent": {
            "channel": kind.channel,
            "shown": masked(kind.channel, awaited.address),
            "left": awaited.left,
            "resend_in": awaited.resend_in,
        },
        "posted": posted,
        "wrong": wrong,
    }
    return Page("account/contact_code.html", context, headers=list(NO_STORE))
