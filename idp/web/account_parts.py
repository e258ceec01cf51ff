# SPDX-License-Identifier: Apache-2.0
"""What the pages of the account have in common: who is there, a question, what was just done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from connectors.base import Level
from idp.accounts import service as accounts
from idp.accounts.values import Account
from idp.http.services import Core, Services
from idp.http.wire import NO_STORE, Answer, Page, see_other
from idp.sessions.values import Session
from idp.web.fresh import fresh_proof, log_in_first
from idp.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who is logged in, at their own pages."""

    visit: Visit
    session: Session
    account: Account


def owner_of(services: Services, page: str) -> Owner | Answer:
    """Who visits a page of their account, or the way to log in and come back to it."""
    visit = Visit(services)
    visit.touch()
    session = visit.session
    # BR-013: the word of a program opens its applications, and nobody's account.
    if session is None or not any(one.opens(None) for one in session.proofs):
        return log_in_first(services, visit, page)
    with services.core.database.read() as tx:
        account = accounts.load(tx, session.account)
    if account is None:
        return see_other("/login")
    return Owner(visit, session, account)


def proved_owner(services: Services, page: str, level: Level | None = None) -> Owner | Answer:
    """The same for somebody who has just proved who they are, or the way to do so first."""
    owner = owner_of(services, page)
    if not isinstance(owner, Owner):
        return owner
    return fresh_proof(services, owner.visit, page, level) or owner


def names_of(core: Core) -> dict[str, str]:
    """The applications by name."""
    with core.database.read() as tx:
        return {one.key: one.name for one in core.applications.every(tx)}


@dataclass(frozen=True, slots=True)
class Question:
    """« Are you sure? »: one thing to do, and the way back."""

    title: str
    sentences: tuple[str, ...]
    button: str
    action: str
    back: str
    back_label: str
    # The names of applications, or other things that it is about.
    names: tuple[str, ...] = ()
    # A sentence to agree to by a tick, and whether it was forgotten.
    tick: str = ""
    forgotten: bool = False
    # Things to choose between: what they are, then (value, label); the first one is chosen.
    choose: str = ""
    options: tuple[tuple[str, str], ...] = ()


def ask(question: Question, status: int = 200) -> Page:
    """The page of a question."""
    return Page("account/question.html", {"question": question}, status, headers=list(NO_STORE))


def show(template: str, context: Mapping[str, Any], status: int = 200) -> Page:
    """A page of the account, kept nowhere."""
    return Page(f"account/{template}.html", context, status, headers=list(NO_STORE))


def done_word() -> str:
    """What the address says was just done: a word to compare, never to show."""
    return request.args.get("done", "")[:32]
