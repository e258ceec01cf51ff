# SPDX-License-Identifier: Apache-2.0
"""Charts drawn here as SVG shapes, each with the table that it is made from.

    chart = columns("logins", _("Logins a day"), _("…"), days, (Series(_("Done"), done), …))

shown by `{{ chart(one) }}` of templates/admin/charts.html. No script, no style: geometry only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 34
INNER, TALL = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
# More labels than these run into one another.
MOST_LABELS = 12
GRID = 4
ROUND = (4, 8, 12, 20)


@dataclass(frozen=True, slots=True)
class Series:
    """One measure, a value for each label."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `hue` counts the series from 1."""

    x: float
    y: float
    width: float
    height: float
    hue: int
    said: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through the values of a series."""

    path: str
    hue: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis; a minor one is left out on small screens."""

    at: float
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws, and the table behind it."""

    id: str
    title: str
    about: str
    kind: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    # What a label is, heading the first column of the table.
    axis: str = ""
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    across: tuple[Tick, ...] = ()
    up: tuple[Tick, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = TOP + TALL

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        """The table: a label, and the value of each series."""
        return [
            (label, [one.values[at] for one in self.series]) for at, label in enumerate(self.labels)
        ]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(any(one.values) for one in self.series)


def columns(
    name: str,
    title: str,
    about: str,
    labels: Sequence[str],
    series: Sequence[Series],
    axis: str = "",
) -> Chart:
    """A column for each label, the series upon one another."""
    totals = [sum(one.values[at] for one in series) for at in range(len(labels))]
    top = nice_top(max(totals, default=0))
    slot = INNER / max(len(labels), 1)
    wide = min(slot * 0.72, 44)
    bars = []
    for at, label in enumerate(labels):
        base = float(TOP + TALL)
        for hue, one in enumerate(series, 1):
            value = one.values[at]
            tall = value / top * TALL
            base -= tall
            if value:
                x = LEFT + slot * at + (slot - wide) / 2
                said = f"{label} · {one.name}: {value}"
                bars.append(Bar(_r(x), _r(base), _r(wide), _r(tall), hue, said))
    return Chart(
        name,
        title,
        about,
        "columns",
        tuple(labels),
        tuple(series),
        axis,
        bars=tuple(bars),
        across=_across(labels, slot, slot / 2),
        up=_up(top),
    )


def lines(
    name: str,
    title: str,
    about: str,
    labels: Sequence[str],
    series: Sequence[Series],
    axis: str = "",
) -> Chart:
    """A line for each series."""
    top = nice_top(max((max(one.values, default=0) for one in series), default=0))
    step = INNER / max(len(labels) - 1, 1)
    drawn = []
    for hue, one in enumerate(series, 1):
        points = [
            f"{_r(LEFT + step * at)} {_r(TOP + TALL - value / top * TALL)}"
            for at, value in enumerate(one.values)
        ]
        drawn.append(Line("M" + " L".join(points), hue))
    return Chart(
        name,
        title,
        about,
        "lines",
        tuple(labels),
        tuple(series),
        axis,
        lines=tuple(drawn),
        across=_across(labels, step, 0),
        up=_up(top),
    )


def ranking(
    name: str,
    title: str,
    about: str,
    parts: Sequence[tuple[str, int]],
    measure: str,
    axis: str = "",
) -> Chart:
    """Bars lying one under the other, for what has names: in the order given."""
    series = Series(measure, tuple(value for _label, value in parts))
    most = max(series.values, default=0) or 1
    bars = tuple(
        Bar(0, 0, _r(max(value / most * 100, 0.5 if value else 0)), 10, 1, f"{label}: {value}")
        for label, value in parts
    )
    labels = tuple(label for label, _value in parts)
    return Chart(name, title, about, "ranking", labels, (series,), axis, bars=bars)


def nice_top(most: int) -> int:
    """The next round number whose quarters are whole: 4, 8, 12, 20, 40, 80, 120, 200, …"""
    scale = 1
    while True:
        for one in ROUND:
            if one * scale >= most:
                return one * scale
        scale *= 10


def _up(top: int) -> tuple[Tick, ...]:
    marks = range(0, top + 1, top // GRID)
    return tuple(Tick(_r(TOP + TALL - one / top * TALL), grouped(one)) for one in marks)


def _across(labels: Sequence[str], step: float, offset: float) -> tuple[Tick, ...]:
    every = -(-len(labels) // MOST_LABELS) or 1
    shown = [(at, label) for at, label in enumerate(labels) if at % every == 0]
    return tuple(
        Tick(_r(LEFT + step * at + offset), label, minor=bool(turn % 2))
        for turn, (at, label) in enumerate(shown)
    )


def grouped(number: int) -> str:
    """Thousands apart, the French way, which nobody misreads."""
    return f"{number:,}".replace(",", "\u202f")


def _r(number: float) -> float:
    return round(number, 1)
