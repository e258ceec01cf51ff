# SPDX-License-Identifier: Apache-2.0
"""The portal's viewer in Chromium, over a CT of 300 slices: how soon it shows, how it scrolls.

A doctor is logged in at the portal as people run it. The links are Chromium's own: none, and what
a phone has (4G). Beside the scrolling, a page that does nothing but put decoded slices on a canvas.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from imaging_app.__main__ import bring_up
from imaging_app.demo.objects import uid
from imaging_app.demo.series import FULL, scanner
from imaging_app.exams.ingest import Arrival
from imaging_app.exams.values import Fate, Origin
from imaging_app.opening import open_rooms
from imaging_app.paths import STATIC
from imaging_app.settings import Settings
from tests.benchmarks.images import make_visit
from tests.benchmarks.images_rows import DOCTOR, HOUSE, bring_in
from tests.benchmarks.machine import install
from tests.benchmarks.portal import serving
from tests.benchmarks.viewer_scripts import BARE, FETCHED, FORGET, SCROLLED, WATCH
from tests.benchmarks.viewer_table import SLICES, Looked, Scrolled, Viewed
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.unit.relying_parties.double import Double

SIDE = 512
SIZE = {"width": 1280, "height": 800}
Found = dict[str, Any]
Done = Callable[[Found], bool]
# Bytes a second, and how long an answer is on its way at least.
LINKS = {"none": (-1.0, 0), "4G": (9e6 / 8, 60)}
TURNS, PACE = 3, 1 / 60
# Once the first image is there, the others are counted for so long.
COUNTED = 6.0
TOGETHER, HANDS = 20, 2
PATIENCE = 60.0


def viewer(folder: Path) -> list[Viewed]:
    """All of it; nothing where nobody has built the viewer."""
    if not (STATIC / "viewer" / "manifest.json").exists():
        return []
    if not CHROMIUM.exists():
        install("chromium")
    place = folder / "viewer"
    place.mkdir(parents=True)
    exam = _exam(Settings(data=place))
    with serving(place) as (url, provider):
        provider.person |= {"sub": "doctor", "acr": "urn:sceau:level:2"}
        provider.info = {
            "sub": "doctor",
            "name": "Claire Durand",
            "population": "professional",
            "SubjectNameID": f"8{DOCTOR}",
        }
        return asyncio.run(_measure(url, provider, f"{url}/exams/{exam}"))


def _exam(settings: Settings) -> str:
    """Drawn and taken in like anybody's files."""
    bring_up(settings)
    visit = make_visit()
    origin = Origin(HOUSE, "bench")
    with closing(open_rooms(settings, lambda: int(time.time()))) as rooms:
        with rooms.database.write() as tx:
            bring_in(tx, rooms, None)

        def receive(content: bytes) -> Arrival:
            found = rooms.exams.ingest.receive([content], origin)
            if not isinstance(found, Arrival):
                raise TypeError(found)
            return found

        drawn = scanner(visit, replace(FULL, slices=SLICES, side=SIDE))
        with ThreadPoolExecutor(HANDS) as pool:
            while some := list(islice(drawn, TOGETHER)):
                done = rooms.exams.ingest.commit(list(pool.map(receive, some)))
                if {one.fate for one in done} != {Fate.KEPT}:
                    raise RuntimeError(done)
        with rooms.database.read() as tx:
            exam = rooms.exams.index.by_uid(tx, uid(visit.key), HOUSE)
    if exam is None:
        raise LookupError(visit.key)
    return exam.id


async def _measure(url: str, provider: Double, address: str) -> list[Viewed]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        # The first visit of all has the first look drawn, which is kept, and is not counted.
        await _visit(await _inside(browser, url, provider), address, "none")
        found: list[Viewed] = []
        for link in LINKS:
            fresh, again = list[Found](), list[Found]()
            for _turn in range(TURNS):
                context = await _inside(browser, url, provider)
                fresh.append(await _visit(context, address, link))
                again.append(await _visit(context, address, link))
                await context.close()
            found += [_looked(link, fresh, again=False), _looked(link, again, again=True)]
        context = await _inside(browser, url, provider)
        found += await _scrolls(context, address)
        await browser.close()
    return found


async def _inside(browser: Browser, url: str, provider: Double) -> BrowserContext:
    """A browser in which the doctor is logged in."""
    context = await browser.new_context(viewport=SIZE, locale="fr-FR")
    sent = await context.request.get(f"{url}/login?next=/enter", max_redirects=0)
    back = provider.authorize(sent.headers["location"])
    await context.request.get(back, max_redirects=0)
    await context.add_init_script(WATCH)
    return context


async def _visit(context: BrowserContext, address: str, link: str) -> Found:
    page = await context.new_page()
    line = await context.new_cdp_session(page)
    speed, latency = LINKS[link]
    told = {"offline": False, "latency": latency}
    told |= {"downloadThroughput": speed, "uploadThroughput": speed}
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", told)
    await page.goto(address, wait_until="commit")
    await _until(page, lambda found: found["depth"] > 0)
    found = await _until(page, _is_whole, COUNTED)
    await page.close()
    return found


async def _until(page: Page, done: Done, patience: float = 0.0) -> Found:
    """What the page noted once it is so; or as far as it came, where that is all one waits for."""
    until = time.monotonic() + (patience or PATIENCE)
    while True:
        found: Found = await page.evaluate(FETCHED)
        late = time.monotonic() > until
        if done(found) or (late and patience):
            return found
        if late:
            raise TimeoutError(await page.content())
        await asyncio.sleep(0.1)


def _is_whole(found: Found) -> bool:
    return len(found["frames"]) >= SLICES


def _looked(link: str, visits: Sequence[Found], *, again: bool) -> Looked:
    def middle(figure: Callable[[Found], float]) -> float:
        return median(figure(one) for one in visits)

    def kilobytes(word: str) -> float:
        return middle(lambda one: _bytes(each for each in one["all"] if word in each["path"]))

    def before(one: Found) -> float:
        return _bytes(each for each in one["all"] if 0 < each["end"] <= one["depth"])

    return Looked(
        link=link,
        again=again,
        look_ms=middle(lambda one: one["look"]),
        depth_ms=middle(lambda one: one["depth"]),
        all_ms=middle(_all_of_it),
        is_reckoned=not all(_is_whole(one) for one in visits),
        page_kb=middle(lambda one: _bytes(one["all"][:1])),
        shell_kb=kilobytes("/static/"),
        look_kb=kilobytes("/first"),
        frame_kb=middle(lambda one: _bytes(one["frames"][:1])),
        next_kb=middle(lambda one: median(_bytes([each]) for each in one["frames"][1:])),
        before_kb=middle(before),
    )


def _bytes(some: Iterable[Found]) -> float:
    return float(sum(one["bytes"] for one in some) / 1000)


def _all_of_it(found: Found) -> float:
    """Those that are not there yet come as fast as those after the first one came."""
    _first, *others = found["frames"]
    last = max(one["end"] for one in others)
    each = (last - min(one["at"] for one in others)) / len(others)
    return float(last + each * (SLICES - 1 - len(others)))


async def _scrolls(context: BrowserContext, address: str) -> list[Scrolled]:
    """Down by the wheel, down by the keys, and both on the bare page; in turns."""
    page = await context.new_page()
    await page.goto(address)
    await _until(page, _is_whole)
    picture = await page.locator("[data-picture]").bounding_box()
    if picture is None:
        raise LookupError("no picture")
    bare = await context.new_page()
    await bare.evaluate(BARE, [SLICES, SIDE, picture["width"], picture["height"]])
    made: dict[str, list[Scrolled]] = {}
    for _turn in range(TURNS):
        for name, there in (("viewer", page), ("bare canvas", bare)):
            await there.bring_to_front()
            for way in ("wheel", "keys"):
                one = await _scroll(context, there, f"{name}, {way}", way)
                made.setdefault(one.what, []).append(one)
    return [
        Scrolled(
            what,
            *(
                median(getattr(one, figure) for one in passes)
                for figure in ("images_s", "dropped", "p50_ms", "p95_ms")
            ),
        )
        for what, passes in made.items()
    ]


async def _scroll(context: BrowserContext, page: Page, what: str, way: str) -> Scrolled:
    """What a hand would send, on time whether the page keeps up or not."""
    line = await context.new_cdp_session(page)
    width, height = SIZE["width"] / 2, SIZE["height"] / 2
    if "viewer" in what:
        await page.locator("[data-picture]").focus()
    await page.keyboard.press("Home")
    await page.mouse.move(width, height)
    await asyncio.sleep(0.5)
    await page.evaluate(FORGET)
    wheel = {"type": "mouseWheel", "x": width, "y": height, "deltaX": 0, "deltaY": 100}
    key = {"key": "ArrowDown", "code": "ArrowDown", "windowsVirtualKeyCode": 40}
    sent, begun = [], time.perf_counter()
    for number in range(SLICES - 1):
        await asyncio.sleep(max(0.0, begun + number * PACE - time.perf_counter()))
        if way == "wheel":
            sent.append(asyncio.ensure_future(line.send("Input.dispatchMouseEvent", wheel)))
            continue
        for kind in ("rawKeyDown", "keyUp"):
            told = {"type": kind, **key}
            sent.append(asyncio.ensure_future(line.send("Input.dispatchKeyEvent", told)))
    await asyncio.gather(*sent)
    await asyncio.sleep(0.5)
    found = await page.evaluate(SCROLLED)
    await line.detach()
    return _scrolled(what, found["painted"], found["asked"])


def _scrolled(what: str, painted: Sequence[tuple[int, float]], asked: Sequence[float]) -> Scrolled:
    """The n-th wish is for the n-th slice after the first."""
    late = [now - asked[at - 2] for at, now in painted if 2 <= at <= len(asked) + 1]
    cuts = quantiles(late, n=20)
    length = (painted[-1][1] - asked[0]) / 1000
    return Scrolled(
        what=what,
        images_s=len(painted) / length,
        dropped=1 - len(painted) / (SLICES - 1),
        p50_ms=cuts[9],
        p95_ms=cuts[18],
    )
