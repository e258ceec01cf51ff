# SPDX-License-Identifier: Apache-2.0
"""The configuration reference, in Markdown, from the settings themselves."""

import inspect

from idp.config.kinds import Setting
from idp.config.loading import schema, section_types
from idp.config.sources import variable

OPENING = """\
# Configuration reference

Generated from the settings; do not edit.

Each setting is read from `[section] name` in the TOML file (`--config`, or the file that
`SCEAU_CONFIG` names) and from the environment variable `SCEAU_<SECTION>_<NAME>`, which wins. In the
environment, a list is separated by commas.

A setting marked *file* may also be read from a file: `SCEAU_<SECTION>_<NAME>_FILE` in the
environment, or `<name>_file` in TOML. It wins over TOML; to set both it and the plain variable is a
fault. One trailing newline is dropped. Paths are relative to the working directory.

A setting marked *secret* is never shown. Its file, the configuration file if it holds one, and the
SQLite database must belong to the user who runs the server (or root) and be closed to others
(mode 0600).

`sceau check` tells every fault at once.
"""


def render() -> str:
    """The whole reference."""
    sections = [_section(name) for name in schema()]
    return "\n".join([OPENING, *sections])


def _section(section: str) -> str:
    about = inspect.getdoc(section_types()[section]) or ""
    lines = [f"## `[{section}]`", "", about, ""]
    lines += ["| setting | default | what it is | accepted |", "|---|---|---|---|"]
    lines += [_row(section, name, each) for name, each in schema()[section].items()]
    return "\n".join([*lines, ""])


def _row(section: str, name: str, setting: Setting) -> str:
    marks = [
        word
        for word, holds in (("secret", setting.kind.secret), ("file", setting.kind.from_file))
        if holds
    ]
    label = f"`{name}`<br>`{variable(section, name)}`"
    if marks:
        label += f"<br>*{', '.join(marks)}*"
    cells = (label, _default(setting), setting.doc, setting.kind.expected)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(setting: Setting) -> str:
    if setting.required:
        return "**required**"
    if setting.default_text:
        return setting.default_text
    value = setting.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value}`" if value != "" else "empty"
