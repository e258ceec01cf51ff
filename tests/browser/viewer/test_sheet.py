# SPDX-License-Identifier: Apache-2.0
"""The printed sheet: the picture of the screen, measures at their place, and whose it is."""

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageFilter

from tests.browser.viewer.look import Open
from tests.browser.viewer.site import Site

BRIGHT, BLACK = 190, 12


def printed(content: bytes) -> tuple[Image.Image, str]:
    """The one sheet, as a picture and as words."""
    with pypdfium2.PdfDocument(content) as paper:
        assert len(paper) == 1
        page = paper[0]
        text = page.get_textpage()
        words = text.get_text_bounded()
        text.close()
        picture = page.render(scale=2).to_pil().convert("L")
        page.close()
    return picture, words


def black_part(sheet: Image.Image) -> Image.Image:
    """The picture on the paper."""
    black = np.asarray(sheet) <= BLACK
    rows, columns = (np.where(black.sum(axis) > 150)[0] for axis in (1, 0))
    return sheet.crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))


def bright(picture: Image.Image, wide: int = 1) -> np.ndarray:
    """Where something is bright, and so far around it."""
    mask = picture.point(lambda one: 255 if one >= BRIGHT else 0)
    return np.asarray(mask.filter(ImageFilter.MaxFilter(wide))) > 0


@pytest.mark.parametrize("size", [(1280, 800), (700, 1000)])
def test_the_paper_shows_what_the_screen_shows(visit: Open, thorax: Site, size) -> None:
    viewer = visit(thorax, *size)
    page, mouse = viewer.page, viewer.page.mouse
    box = viewer.picture.bounding_box()
    viewer.key("m")
    mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.4)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=6)
    mouse.up()
    page.locator("[data-measures] li").wait_for()
    page.locator("[data-help]").focus()
    # The list takes its place below the picture where the screen is narrow.
    page.wait_for_function("document.querySelector('.pane[data-at]:not([data-covered])')")
    before = page.locator(".pane").bounding_box()
    screen = Image.open(io.BytesIO(page.locator(".pane").screenshot())).convert("L")
    sheet, words = printed(page.pdf(format="A4"))
    for one in ("DURAND Agnès", "03/02/1961", "Image 13 of 24", "W 400", "mm"):
        assert one in words
    paper = black_part(sheet)
    # Neither pulled nor pressed.
    assert abs(paper.width / paper.height / (screen.width / screen.height) - 1) < 0.02
    same = screen.resize(paper.size, Image.Resampling.BILINEAR)
    for one, other in ((same, paper), (paper, same)):
        found = bright(one)
        assert found.sum() > 200
        assert (found & bright(other, 9)).sum() > 0.97 * found.sum()
    # On the screen all is as it was.
    assert page.locator(".pane").bounding_box() == before
