# SPDX-License-Identifier: Apache-2.0
"""From sources to `Settings`, or to the list of everything that is wrong."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from idp.config.faults import ConfigFaults, Fault, quote
from idp.config.kinds import METADATA, Invalid, Setting
from idp.config.rules import check_rules
from idp.config.sections import Settings
from idp.config.sources import Findings, Given, Schema, gather, variable


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the configuration; `ConfigFaults` tells all that is wrong with it."""
    described = schema()
    found = gather(described, path, environ)
    doubtful = set(found.unread)
    sections: dict[str, Any] = {}
    for section, section_type in section_types().items():
        values = {
            name: _value(section, name, setting, found, doubtful)
            for name, setting in described[section].items()
        }
        sections[section] = section_type(**values)
    settings = Settings(**sections)
    faults = [*found.faults, *check_rules(settings, doubtful, found.given)]
    if faults:
        raise ConfigFaults(faults)
    return settings


@cache
def section_types() -> Mapping[str, type[Any]]:
    """The type of each section."""
    hints = get_type_hints(Settings)
    return {each.name: hints[each.name] for each in fields(Settings)}


@cache
def schema() -> Schema:
    """Every setting, by section and name."""
    return {
        section: {each.name: each.metadata[METADATA] for each in fields(section_type)}
        for section, section_type in section_types().items()
    }


def _value(
    section: str, name: str, setting: Setting, found: Findings, doubtful: set[str]
) -> object:
    full = f"{section}.{name}"
    given = found.given.get(full)
    blank = setting.kind.blank if setting.required else setting.default
    if full in found.unread:
        return blank
    if given is None:
        if setting.required:
            doubtful.add(full)
            found.faults.append(_missing(section, name, setting))
        return blank
    try:
        return setting.kind.read(given.value)
    except Invalid as why:
        doubtful.add(full)
        found.faults.append(_invalid(full, setting, given, why))
        return blank


def _missing(section: str, name: str, setting: Setting) -> Fault:
    ways = f"[{section}] {name} in the configuration file, or {variable(section, name)}"
    if setting.kind.from_file:
        ways += f" or {variable(section, name)}_FILE in the environment"
    text = f"it is not set; expected {setting.kind.expected}, as {ways}"
    return Fault(f"{section}.{name}", "", text)


def _invalid(full: str, setting: Setting, given: Given, why: Invalid) -> Fault:
    shown = "the value (not shown)" if setting.kind.secret else quote(given.value)
    text = f"{shown} is refused: {why}; expected {setting.kind.expected}"
    return Fault(full, given.source, text)
