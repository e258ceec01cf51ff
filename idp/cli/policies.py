# SPDX-License-Identifier: Apache-2.0
"""`sceau policies`: what passwords must be, for each population; what the configuration holds."""

import json
from dataclasses import asdict, replace
from typing import Any

import click

from idp.accounts.values import Population
from idp.administration.authority import Denied
from idp.administration.rules.settings_desk import Line, Value
from idp.cli.desk import desk_of
from idp.cli.output import JSON, count, facts, say, table
from idp.cli.people import shown
from idp.cli.place import Place, installation
from idp.cli.program import Group, refuse
from idp.credentials.policies import RANGES, faults
from idp.credentials.policy import PROFILES, Policy

POPULATION = click.argument("population", type=click.Choice([one.value for one in Population]))
HELP = {
    "length": "Fewest characters.",
    "longest": "Most characters.",
    "digits": "Fewest digits.",
    "lower": "Fewest lower-case letters.",
    "upper": "Fewest upper-case letters.",
    "other": "Fewest characters that are neither letters nor digits.",
    "history": "So many in a row are different ones, the new one included.",
    "valid_days": "Days after which it is replaced; 0 for never.",
    "minimum_age": "Seconds before the person may change it again.",
    "strength": "zxcvbn's score, of 4.",
}
SWITCHES = {
    "breaches": "Whether the list of `policies.breach_list` is asked.",
    "common": "Whether words that everybody guesses first are refused.",
    "own_words": "Whether the person's and the site's names are refused.",
}


@click.group("policies", cls=Group)
def policies() -> None:
    """What passwords must be. POPULATION is professional, patient or staff."""


@policies.command("list")
@JSON
def show_all(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """The policy of each population, and what else the configuration holds."""
    with installation() as place:
        loaded = {one.value: _load(place, one) for one in Population}
        desk = desk_of(place)
        with place.core.database.read() as tx:
            held = desk.office.settings.listed(tx, desk.authority)
    lines = () if isinstance(held, Denied) else held.lines
    if as_json:
        rules = [
            {"population": name, "from": source} | asdict(policy)
            for name, (source, policy) in loaded.items()
        ]
        found = [asdict(one) | {"changed": one.changed} for one in lines]
        told = {"passwords": rules, "settings": found}
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    rows = [(name, source, ", ".join(_words(one))) for name, (source, one) in loaded.items()]
    say(table(("POPULATION", "FROM", "ASKS FOR"), rows), "")
    values = [(one.name, _value(one.value, one.unit), _origin(one), one.about) for one in lines]
    say(table(("SETTING", "VALUE", "FROM", "WHAT IT IS"), values))


def _value(value: Value, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value} {unit}".rstrip() or "none"


def _origin(line: Line) -> str:
    return f"set (default {_value(line.default, line.unit)})" if line.changed else "default"


def _load(place: Place, population: Population) -> tuple[str, Policy]:
    known = place.core.policies
    with place.core.database.read() as tx:
        stored = known.stored(tx, population)
        source = "set here" if stored else known.shipped(population)
        return source, known.of(tx, population)


def _words(policy: Policy) -> list[str]:
    """A policy in a few words."""
    found = [f"{policy.length} characters"]
    kinds = {"digits": "digit", "lower": "lower-case letter", "upper": "upper-case letter"}
    for name, noun in (kinds | {"other": "other sign"}).items():
        if number := getattr(policy, name):
            found.append(count(number, noun))
    if policy.strength:
        found.append(f"strength {policy.strength} of 4")
    if policy.breaches:
        found.append("not a known one")
    if policy.history:
        found.append(f"{policy.history} different ones in a row")
    found.append(f"replaced after {count(policy.valid_days, 'day')}" if policy.valid_days else "")
    return [one for one in found if one]


@policies.command("show")
@POPULATION
@JSON
def show(population: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """One policy, rule by rule."""
    with installation() as place:
        source, policy = _load(place, Population(population))
        breach_list = place.core.settings.policies.breach_list
    values = {shown(name): value for name, value in asdict(policy).items()}
    if as_json:
        say(json.dumps({"from": source} | values, indent=2))
        return
    say(facts({"from": source, **values}.items()))
    if policy.breaches and not breach_list:
        say("No list of known passwords is configured (`policies.breach_list`).")


def _numbers(command: Any) -> Any:
    """An option for each figure and each switch of a policy."""
    for name, help_text in reversed(SWITCHES.items()):
        command = click.option(
            f"--{shown(name)}/--no-{shown(name)}", name, default=None, help=help_text
        )(command)
    for name, help_text in reversed(HELP.items()):
        least, most = RANGES[name]
        command = click.option(
            f"--{shown(name)}", name, type=click.IntRange(least, most), help=help_text
        )(command)
    return command


@policies.command("set")
@POPULATION
@click.option("--profile", type=click.Choice(list(PROFILES)), help="Start from a shipped one.")
@_numbers
def put(population: str, profile: str | None, **given: Any) -> None:
    """Change rules; those left out stay as they are. They hold from the next change of password."""
    changes = {name: value for name, value in given.items() if value is not None}
    if not profile and not changes:
        refuse("Nothing to change: see `sceau policies set --help`.")
    whose = Population(population)
    with installation() as place, place.core.database.write() as tx:
        known = place.core.policies
        policy = replace(PROFILES[profile] if profile else known.of(tx, whose), **changes)
        if found := faults(policy):
            refuse("\n".join(["The policy was not changed:", *(f"  {one}" for one in found)]))
        known.set(tx, whose, policy, place.origin)
    say(f"{population}: {', '.join(_words(policy))}")


@policies.command("reset")
@POPULATION
def reset(population: str) -> None:
    """Go back to the profile of the configuration."""
    whose = Population(population)
    with installation() as place:
        known = place.core.policies
        with place.core.database.write() as tx:
            done = known.reset(tx, whose, place.origin)
    told = known.shipped(whose)
    say(f"{population}: {told}" if done else f"{population}: was {told} already")
