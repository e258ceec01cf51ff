# SPDX-License-Identifier: Apache-2.0
"""The shape of every command: where `--config` is taken, and how a breakdown is told."""

import sys
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DBAPIError

from idp.config import ConfigFaults
from idp.errors import Breakdown, Unavailable

CONFIG = "idp.cli.config"


class Refused(click.ClickException):
    """A command that is not carried out: a sentence for the person; exits with 1."""

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), file=file or sys.stderr)


class NoAnswer(Refused):
    """Something that is needed does not answer; exits with 3."""

    exit_code = 3


def refuse(message: str) -> NoReturn:
    """End the command here."""
    raise Refused(message)


def _remember(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.meta[CONFIG] = value


def _config_option() -> click.Option:
    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        expose_value=False,
        callback=_remember,
        help="Configuration file, instead of the one that SCEAU_CONFIG names.",
    )


class Command(click.Command):
    """A command; it takes `--config` wherever it is typed."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params.append(_config_option())


class Group(click.Group):
    """A group of commands."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params.append(_config_option())


class Later(MutableMapping[str, click.Command]):
    """Commands by their names, each imported from its `module:name` when it is asked for."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)
        self._made: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._made:
            module, _, attribute = self._places[name].partition(":")
            self._made[name] = getattr(import_module(module), attribute)
        return self._made[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._places[name], self._made[name] = "", command

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Root(Group):
    """The whole program: breakdowns end here, in a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigFaults as found:
            raise Refused(config_faults(found)) from found
        except Unavailable as fault:
            raise NoAnswer(unavailable(fault)) from fault
        except Breakdown as fault:
            raise Refused(str(fault) or type(fault).__name__) from fault
        except DBAPIError as fault:
            raise NoAnswer(f"The database refused: {first_line(fault.orig)}") from fault


def config_faults(found: ConfigFaults) -> str:
    """Every fault of the configuration, one a line."""
    count = len(found.faults)
    head = (
        "The configuration has a fault:" if count == 1 else f"The configuration has {count} faults:"
    )
    return "\n".join([head, *(f"  {fault}" for fault in found.faults)])


def unavailable(fault: Unavailable) -> str:
    """What does not answer, and what it said."""
    cause = fault.__cause__
    said = first_line(cause.orig if isinstance(cause, DBAPIError) else cause)
    return f"This does not answer: {fault}" + (f" ({said})" if said else "")


def first_line(fault: BaseException | None) -> str:
    """The first line of what a library says: the rest is for its developers."""
    lines = str(fault or "").strip().splitlines()
    return lines[0] if lines else ""
