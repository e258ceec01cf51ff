# SPDX-License-Identifier: Apache-2.0
"""Where values come from: the TOML file, the environment, files named by either."""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from idp.config.faults import Fault
from idp.config.kinds import Setting

PREFIX = "SCEAU_"
CONFIG_VARIABLE = "SCEAU_CONFIG"
LARGEST_FILE = 65536

Schema = Mapping[str, Mapping[str, Setting]]
"""Settings by section and name."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value and where it was found, not yet checked."""

    value: object
    source: str


@dataclass(slots=True)
class Findings:
    """What the sources gave, by `section.name`, and what was wrong with them."""

    given: dict[str, Given] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Settings that were given but could not be read: told already, so not missing."""

    def refuse(self, name: str, source: str, text: str) -> None:
        """Note a fault of a setting whose value is then unknown."""
        self.faults.append(Fault(name, source, text))
        self.unread.add(name)


def gather(schema: Schema, path: Path | None, environ: Mapping[str, str]) -> Findings:
    """Everything given; the environment wins over files it names, those over TOML."""
    found = Findings()
    if path is None and environ.get(CONFIG_VARIABLE):
        path = Path(environ[CONFIG_VARIABLE])
    if path is not None:
        _gather_toml(schema, path, found)
    _gather_environment(schema, environ, found)
    return found


def variable(section: str, name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{section}_{name}".upper()


def read_file(path: Path, *, private: bool) -> str | Fault:
    """Text of a file; a private one must be ours and closed to everybody else (WB-038)."""
    try:
        # Non-blocking: a named pipe must be refused below, not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as fault:  # ValueError: a name with a NUL in it
        return Fault("", "", f"{path} can't be read: {getattr(fault, 'strerror', 'no such name')}")
    try:
        # The open file is looked at, not its name: nobody can change it in between.
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return Fault("", "", f"{path} is not a file")
        if private and (why := exposure(status)):
            return Fault("", "", f"{path} {why}")
        content = os.read(descriptor, LARGEST_FILE + 1)
    except OSError as fault:
        return Fault("", "", f"{path} can't be read: {fault.strerror}")
    finally:
        os.close(descriptor)
    if len(content) > LARGEST_FILE:
        return Fault("", "", f"{path} is larger than {LARGEST_FILE} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return Fault("", "", f"{path} is not UTF-8 text")


def exposure(status: os.stat_result) -> str:
    """Why a file is not private, or nothing."""
    if status.st_mode & 0o077:
        return f"is open to other users (mode {status.st_mode & 0o777:04o}); expected 0600"
    if status.st_uid not in {os.geteuid(), 0}:
        return "belongs to another user; expected the one who runs this server"
    return ""


def suggestion(word: str, known: Mapping[str, object] | list[str]) -> str:
    """`; did you mean …?` where something near is known."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""


def _gather_toml(schema: Schema, path: Path, found: Findings) -> None:
    content = read_file(path, private=False)
    if isinstance(content, Fault):
        found.faults.append(Fault("configuration", "", content.text))
        return
    try:
        tables = tomllib.loads(content)
    except tomllib.TOMLDecodeError as fault:
        # The decoder's text holds a position, never the line.
        found.faults.append(Fault("configuration", str(path), f"it is not valid TOML: {fault}"))
        return
    except (ValueError, RecursionError):  # a number without end, brackets without end
        found.faults.append(Fault("configuration", str(path), "it is not reasonable TOML"))
        return
    mode = path.stat().st_mode
    if mode & 0o022:
        found.faults.append(
            Fault("configuration", str(path), "other users can write it; expected mode 0600")
        )
    for section, values in tables.items():
        if section not in schema:
            text = f"there is no such section{suggestion(section, schema)}"
            found.faults.append(Fault(section, str(path), text))
        elif not isinstance(values, dict):
            text = f"it is a section; expected [{section}] and its settings below"
            found.faults.append(Fault(section, str(path), text))
        else:
            _gather_section(schema, section, values, path, found)


def _gather_section(
    schema: Schema, section: str, values: Mapping[str, object], path: Path, found: Findings
) -> None:
    known = schema[section]
    for key, value in values.items():
        full = f"{section}.{key}"
        base = key.removesuffix("_file")
        if key in known:
            _take_literal(full, value, known[key], path, found)
        elif base in known and known[base].kind.from_file:
            if base in values:
                found.refuse(f"{section}.{base}", str(path), f"{base} and {key} are both set")
            elif isinstance(value, str):
                _take_file(f"{section}.{base}", known[base], value, f"{path}, {full}", found)
            else:
                found.refuse(f"{section}.{base}", str(path), f"{key} is not the path of a file")
        else:
            text = f"there is no such setting{suggestion(key, known)}"
            found.faults.append(Fault(full, str(path), text))


def _take_literal(full: str, value: object, setting: Setting, path: Path, found: Findings) -> None:
    if setting.kind.secret and (why := exposure(path.stat())):
        found.refuse(full, str(path), f"{path} holds a secret and {why}")
    else:
        found.given[full] = Given(value, str(path))


def _gather_environment(schema: Schema, environ: Mapping[str, str], found: Findings) -> None:
    plain = {
        variable(section, name): (f"{section}.{name}", setting)
        for section, settings in schema.items()
        for name, setting in settings.items()
    }
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE or name in plain:
            continue
        base = name.removesuffix("_FILE")
        if base == name or base not in plain:
            text = f"there is no such setting{suggestion(name, [*plain, CONFIG_VARIABLE])}"
            found.faults.append(Fault(name, "environment", text))
            continue
        full, setting = plain[base]
        if base in environ:
            found.refuse(full, "environment", f"{base} and {name} are both set")
        elif not setting.kind.from_file:
            found.refuse(full, name, "only a text may come from a file")
        else:
            _take_file(full, setting, environ[name], name, found)
    for name, (full, setting) in plain.items():
        if name in environ and full not in found.unread:
            found.given[full] = Given(setting.kind.from_text(environ[name]), name)


def _take_file(full: str, setting: Setting, path: str, source: str, found: Findings) -> None:
    content = read_file(Path(path), private=setting.kind.secret)
    if isinstance(content, Fault):
        found.refuse(full, source, content.text)
    else:
        # One newline: editors and `echo` end a file with it, a secret may hold others.
        stripped = content.removesuffix("\n").removesuffix("\r")
        found.unread.discard(full)
        found.given[full] = Given(stripped, f"{source}={path}")
