# SPDX-License-Identifier: Apache-2.0
"""Bodies of ellipsoids: millimetres from a middle, to the left, to the back, upwards."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
ENDLESS: Final = 1e9


@dataclass(frozen=True, slots=True)
class Shape:
    """An ellipsoid of one substance; a column where its height is endless."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    value: float
    # Of what is cut into pieces: how long each is with its gap, and the part that is there.
    every: tuple[float, float] | None = None


def spots(centre: tuple[float, float, float], radii: tuple[float, float, float]) -> list[Shape]:
    """Small vessels in a lung, always the same."""
    chance = np.random.default_rng(7)
    found = []
    for _number in range(60):
        where = chance.uniform(-0.75, 0.75, 3) * radii + centre
        size = float(chance.uniform(1.5, 4.0))
        found.append(Shape((float(where[0]), float(where[1]), float(where[2])), (size,) * 3, 20))
    return found


RIGHT, LEFT = (-78.0, -8.0, 55.0), (82.0, -8.0, 55.0)
LUNG: Final = (58.0, 82.0, 115.0)
# The finding of the demo: a sphere of 14 mm in the right upper lobe.
NODULE: Final = Shape((-88.0, -20.0, 92.0), (7.0, 7.0, 7.0), 35)
CHEST: Final = (
    Shape((0, 0, 0), (178, 122, ENDLESS), -100),
    Shape((0, 0, 0), (160, 106, ENDLESS), 45),
    Shape((0, -4, 60), (150, 98, 130), 480, every=(22, 8)),
    Shape((0, -4, 60), (143, 92, 128), 42),
    Shape(RIGHT, LUNG, -860),
    Shape(LEFT, LUNG, -855),
    *spots(RIGHT, LUNG),
    *spots(LEFT, LUNG),
    Shape((22, -22, 25), (52, 46, 52), 48),
    Shape((26, -24, 22), (26, 22, 28), 160),
    Shape((16, 44, 0), (12, 12, ENDLESS), 170),
    Shape((0, 6, 110), (9, 10, 60), -950),
    Shape((-62, -12, -100), (92, 76, 68), 62),
    Shape((-80, -30, -95), (12, 12, 12), 4),
    Shape((98, 32, -92), (34, 44, 48), 55),
    Shape((62, 58, -135), (25, 28, 46), 110),
    Shape((-62, 58, -140), (25, 28, 46), 110),
    Shape((62, 58, -135), (10, 12, 24), 10),
    Shape((-62, 58, -140), (10, 12, 24), 10),
    Shape((0, 76, 0), (23, 22, ENDLESS), 330, every=(32, 26)),
    Shape((0, 76, 0), (18, 17, ENDLESS), 140),
    Shape((0, 96, 0), (8, 8, ENDLESS), 15),
    NODULE,
)
# In the order of what is weighted: T1, then FLAIR.
SKIN, BONE, FLUID, GREY, WHITE, LESION = range(6)
WEIGHTS: Final = {
    "T1": (900.0, 60.0, 150.0, 420.0, 620.0, 380.0),
    "FLAIR": (620.0, 50.0, 70.0, 520.0, 380.0, 900.0),
}
HEAD: Final = (
    (Shape((0, 0, 0), (78, 98, 88), 0), SKIN),
    (Shape((0, 0, 0), (73, 93, 83), 0), BONE),
    (Shape((0, 0, 0), (67, 87, 77), 0), FLUID),
    (Shape((0, 0, 0), (64, 84, 74), 0), GREY),
    (Shape((-29, 0, 4), (27, 66, 56), 0), WHITE),
    (Shape((29, 0, 4), (27, 66, 56), 0), WHITE),
    (Shape((-10, -8, 8), (6, 28, 14), 0), FLUID),
    (Shape((10, -8, 8), (6, 28, 14), 0), FLUID),
    (Shape((0, 62, -44), (44, 24, 22), 0), GREY),
    (Shape((-22, -26, 18), (4, 3, 4), 0), LESION),
    (Shape((24, 20, 20), (5, 4, 4), 0), LESION),
    (Shape((19, -34, 10), (3, 3, 3), 0), LESION),
)


@dataclass(frozen=True, slots=True)
class Grid:
    """A plane across the body: so many pixels a side, so wide."""

    side: int
    width: float

    @property
    def spacing(self) -> float:
        """Of two pixels' middles."""
        return self.width / self.side

    @property
    def first(self) -> float:
        """Where the first pixel's middle is, to the right and to the front."""
        return -self.width / 2 + self.spacing / 2

    def axes(self) -> tuple[Plane, Plane]:
        """Places of columns and of rows."""
        line = (np.arange(self.side, dtype=np.float32) * self.spacing + self.first).astype(
            np.float32
        )
        return line[None, :], line[:, None]


def paint(plane: Plane, grid: Grid, shape: Shape, height: float, value: float) -> None:
    """Lay one shape over what is there; only where it may be is looked at."""
    x, y, z = shape.centre
    wide, deep, high = shape.radii
    if shape.every and (height % shape.every[0]) > shape.every[1]:
        return
    left = 1.0 - ((height - z) / high) ** 2
    if left <= 0:
        return
    wide, deep = wide * left**0.5, deep * left**0.5
    columns = _between(grid, x, wide)
    rows = _between(grid, y, deep)
    across, down = grid.axes()
    inside = ((across[:, columns] - x) / wide) ** 2 + ((down[rows] - y) / deep) ** 2 <= 1.0
    plane[rows, columns][inside] = value


def _between(grid: Grid, middle: float, radius: float) -> slice:
    first = int((middle - radius - grid.first) / grid.spacing) - 1
    last = int((middle + radius - grid.first) / grid.spacing) + 2
    return slice(max(first, 0), max(min(last, grid.side), 0))


def chest(grid: Grid, height: float) -> Plane:
    """A slice through the chest or the belly, in Hounsfield's units, without noise."""
    plane = np.full((grid.side, grid.side), -1000, np.float32)
    for shape in CHEST:
        paint(plane, grid, shape, height, shape.value)
    table = slice(*(round((one - grid.first) / grid.spacing) for one in (132.0, 140.0)))
    plane[table, grid.side // 6 : -grid.side // 6] = -300
    return plane


def head(grid: Grid, height: float, weight: str) -> Plane:
    """A slice through the head, as one of the two weightings shows it."""
    plane = np.full((grid.side, grid.side), 12, np.float32)
    for shape, substance in HEAD:
        paint(plane, grid, shape, height, WEIGHTS[weight][substance])
    return plane


def noisy(plane: Plane, much: float, seed: int) -> NDArray[Any]:
    """With the grain that every machine adds."""
    chance = np.random.default_rng(seed)
    return plane + chance.standard_normal(plane.shape, dtype=np.float32) * np.float32(much)
