# SPDX-License-Identifier: Apache-2.0
"""What is told of the viewer, and its tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SLICES = 300


@dataclass(frozen=True)
class Looked:
    """An exam that is opened: milliseconds, kilobytes; medians of some visits."""

    link: str
    # What is the same for everybody (scripts, styles) is in the browser from an earlier visit.
    again: bool
    look_ms: float
    depth_ms: float
    # All slices, reckoned from those that came where they did not come in time.
    all_ms: float
    is_reckoned: bool
    page_kb: float
    shell_kb: float
    look_kb: float
    # The first slice, and the others: on a slow line they come packed.
    frame_kb: float
    next_kb: float
    # Whatever came before the first image was painted.
    before_kb: float


@dataclass(frozen=True)
class Scrolled:
    """Through all slices that are loaded, asked for sixty times a second."""

    what: str
    images_s: float
    # The share of what was asked for that was never painted.
    dropped: float
    p50_ms: float
    p95_ms: float


Viewed = Looked | Scrolled


def viewer_rows(found: Sequence[Viewed]) -> list[str]:
    """Markdown."""
    return [*_opened(found), *_moved(found)]


def _opened(found: Sequence[Viewed]) -> Iterator[str]:
    looked = [one for one in found if isinstance(one, Looked)]
    if not looked:
        return
    yield (
        f"| A CT of {SLICES} slices is opened | link | first look, ms | full depth, ms |"
        " all, s | page, kB | shell, kB | first look, kB | first slice, kB | the next, kB |"
        " before full depth, kB |"
    )
    yield "|---|---|" + "--:|" * 9
    for one in looked:
        about = "≈ " if one.is_reckoned else ""
        yield (
            f"| {'again' if one.again else 'first visit'} | {one.link} | {one.look_ms:,.0f} |"
            f" {one.depth_ms:,.0f} | {about}{one.all_ms / 1000:,.1f} | {one.page_kb:,.0f} |"
            f" {one.shell_kb:,.0f} | {one.look_kb:,.0f} | {one.frame_kb:,.0f} |"
            f" {one.next_kb:,.0f} | {one.before_kb:,.0f} |"
        )
    yield ""


def _moved(found: Sequence[Viewed]) -> Iterator[str]:
    moved = [one for one in found if isinstance(one, Scrolled)]
    if not moved:
        return
    yield "| Scrolling, 60 a second asked for | images/s | never painted | p50 ms | p95 ms |"
    yield "|---|" + "--:|" * 4
    for one in moved:
        yield (
            f"| {one.what} | {one.images_s:.1f} | {one.dropped:.0%} |"
            f" {one.p50_ms:.0f} | {one.p95_ms:.0f} |"
        )
    yield ""
