# SPDX-License-Identifier: Apache-2.0
"""Steps in the generator's own small language, and how they are written."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Take:
    """A value kept of an answer: of its JSON, body, Location or another header, or a cookie."""

    name: str
    source: str
    after: str
    before: str = ""


@dataclass(frozen=True)
class Step:
    """One request."""

    name: str
    method: str
    path: str
    headers: str = ""
    body: str = ""
    statuses: tuple[int, ...] = (200,)
    cookies: bool = False
    takes: tuple[Take, ...] = ()


def _escape(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return text


def write_scenario(path: Path, options: list[tuple[str, ...]], steps: list[Step]) -> None:
    """Write what the generator reads: a directive a line, fields parted by tabs."""
    lines = ["\t".join(option) for option in options]
    for step in steps:
        statuses = ",".join(map(str, step.statuses))
        fields = [step.name, step.method, step.path, step.headers, step.body, statuses]
        lines.append("\t".join(["step", *map(_escape, fields), "1" if step.cookies else "0"]))
        for take in step.takes:
            kept = ["ext", take.name, take.source, _escape(take.after), _escape(take.before), "1"]
            lines.append("\t".join(kept))
    path.write_text("\n".join(lines) + "\n")
