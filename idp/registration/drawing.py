# SPDX-License-Identifier: Apache-2.0
"""The picture of six letters: bent, crossed and specked, and the same each time it is asked for.

Drawn anew each time, several pictures of one word would tell a program more than one does. The
font is the one that Pillow carries.
"""

import io
import math
import random
from functools import cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 300
HEIGHT: Final = 96
SIZE: Final = 54
PAPER: Final = 250
INK: Final = 35


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def draw(letters: str, seed: int) -> bytes:
    """A PNG of these letters."""
    chance = random.Random(seed)  # noqa: S311 - it bends a picture; the letters come from entropy
    picture = Image.new("L", (WIDTH, HEIGHT), PAPER)
    step = (WIDTH - 30) / len(letters)
    for place, letter in enumerate(letters):
        left = 15 + place * step + chance.uniform(-4, 4)
        _put(picture, letter, left, chance)
    picture = _bend(picture, chance)
    _cross(picture, chance)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def _put(picture: Image.Image, letter: str, left: float, chance: random.Random) -> None:
    """One letter, turned and leaning."""
    side = SIZE * 2
    stamp = Image.new("L", (side, side), 0)
    font = _font(SIZE + chance.randint(-6, 6))
    ImageDraw.Draw(stamp).text(
        (side / 2, side / 2), letter, fill=255, font=font, anchor="mm", stroke_width=1
    )
    lean = chance.uniform(-0.2, 0.2)
    leaning = (1, lean, -lean * side / 2, 0, 1, 0)
    stamp = stamp.transform(stamp.size, Image.Transform.AFFINE, leaning, Image.Resampling.BICUBIC)
    stamp = stamp.rotate(chance.uniform(-20, 20), Image.Resampling.BICUBIC)
    box = stamp.getbbox() or (0, 0, side, side)
    stamp = stamp.crop(box)
    top = (HEIGHT - stamp.height) // 2 + chance.randint(-9, 9)
    picture.paste(chance.randint(INK, INK + 45), (round(left), max(top, 0)), stamp)


def _bend(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Along two waves, by strips."""
    high, long, phase = chance.uniform(3, 6), chance.uniform(70, 120), chance.uniform(0, 6.28)
    wide, tall, other = chance.uniform(2, 4), chance.uniform(40, 70), chance.uniform(0, 6.28)
    strip = 4
    mesh = []
    for x in range(0, WIDTH, strip):
        for y in range(0, HEIGHT, strip):
            corners: list[float] = []
            for dx, dy in ((0, 0), (0, strip), (strip, strip), (strip, 0)):
                across, down = x + dx, y + dy
                corners += [
                    across + wide * math.sin(6.28 * down / tall + other),
                    down + high * math.sin(6.28 * across / long + phase),
                ]
            mesh.append(((x, y, x + strip, y + strip), tuple(corners)))
    return picture.transform(
        picture.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fillcolor=PAPER
    )


def _cross(picture: Image.Image, chance: random.Random) -> None:
    """Strokes through the letters, and specks around them."""
    pen = ImageDraw.Draw(picture)
    for _each in range(3):
        high, phase = chance.uniform(6, 16), chance.uniform(0, 6.28)
        middle, long = chance.uniform(25, HEIGHT - 25), chance.uniform(120, 260)
        line = [
            (x, middle + high * math.sin(6.28 * x / long + phase)) for x in range(0, WIDTH + 6, 6)
        ]
        pen.line(line, fill=chance.randint(INK + 20, INK + 70), width=2)
    for _each in range(120):
        x, y = chance.randrange(WIDTH), chance.randrange(HEIGHT)
        pen.ellipse((x, y, x + 1, y + 1), fill=chance.randint(90, 200))
