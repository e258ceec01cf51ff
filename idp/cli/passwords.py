# SPDX-License-Identifier: Apache-2.0
"""A password typed by hand or piped in; never an argument, where every process list shows it."""

import sys

import click

from idp.accounts.values import fold
from idp.cli.program import refuse
from idp.config import Settings
from idp.credentials.hashing import normalise

SHORTEST = 12


def ask_password(settings: Settings, identifier: str, *, piped: bool) -> str:
    """The new password: prompted for twice at a terminal, else one line of standard input."""
    if piped or not sys.stdin.isatty():
        password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    else:
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    why = password_fault(password, identifier, settings.password.max_bytes)
    if why:
        refuse(why)
    return str(password)


def password_fault(password: str, identifier: str, longest: int) -> str:
    """Why a password is not accepted, or nothing."""
    if len(normalise(password)) < SHORTEST:
        return f"A password has {SHORTEST} characters at least."
    if len(password.encode("utf-8", "surrogatepass")) > longest:
        return f"A password has {longest} bytes at most."
    try:
        password.encode()
    except UnicodeEncodeError:
        return "The password is not valid UTF-8 text."
    if fold(password) == fold(identifier):
        return "A password is not the identifier."
    return ""
