# SPDX-License-Identifier: Apache-2.0
"""A password typed by hand or piped in; never an argument, where every process list shows it."""

import sys

import click

from idp.accounts.values import Account, Person
from idp.cli.place import Place
from idp.cli.program import refuse
from idp.credentials.policy import Judgement

# Why a rule refuses; the figure is the rule's own.
SENTENCES = {
    "text": "The password is not valid UTF-8 text.",
    "longest": "The password has {} characters at most.",
    "length": "The password has {} characters at least.",
    "digit": "The password has {} or more digits.",
    "lower": "The password has {} or more lower-case letters.",
    "upper": "The password has {} or more upper-case letters.",
    "other": "The password has {} or more characters that are neither letters nor digits.",
    "strength": "The password is too easy to guess.",
    "own-words": "The password does not hold the person's or the site's name, nor the identifier.",
    "known": "The password is among those that everybody guesses first, or a known one.",
    "history": "The password is the present one, or was used lately.",
}
TRY_LATER = "The list of known passwords can't be read: try again once it can."


def ask_password(*, piped: bool) -> str:
    """A password: prompted for twice at a terminal, else one line of standard input."""
    if piped or not sys.stdin.isatty():
        return sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def ask_first(place: Place, person: Person, *, piped: bool) -> str:
    """A password for somebody who has none yet, by the rules of the policy."""
    password = ask_password(piped=piped)
    _refuse_unfit(place.core.renewal.judge_first(person, password))
    return password


def ask_another(place: Place, account: Account, *, piped: bool) -> str:
    """Another password for somebody, by the rules of the policy."""
    password = ask_password(piped=piped)
    _refuse_unfit(place.core.renewal.judge(account, password))
    return password


def _refuse_unfit(judged: Judgement) -> None:
    if judged.accepted:
        return
    unmet = [SENTENCES[one.key].format(one.needed) for one in judged.results if one.met is False]
    refuse("\n".join(unmet or [TRY_LATER]))
