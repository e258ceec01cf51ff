# SPDX-License-Identifier: Apache-2.0
"""Series as modalities send them: one file after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import compress
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless

from imaging_app.demo import objects
from imaging_app.demo.bodies import Grid, chest, head, noisy
from imaging_app.demo.objects import Visit, add, code, grey, item, start, uid, written

AXIAL: Final = [1, 0, 0, 0, 1, 0]
WINDOWS: Final = {
    "WindowCenter": [40, -600, 400],
    "WindowWidth": [400, 1500, 1800],
    "WindowCenterWidthExplanation": ["Médiastin", "Poumon", "Os"],
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is drawn."""

    slices: int
    side: int
    head_slices: int
    head_side: int
    frames: int
    film: tuple[int, int]
    breast: tuple[int, int]


FULL: Final = Size(72, 512, 24, 256, 40, (2048, 1792), (3328, 2560))
SMALL: Final = Size(6, 64, 4, 48, 3, (128, 112), (160, 128))


def scanner(visit: Visit, size: Size) -> Iterator[bytes]:
    """CT of chest and belly, 1 series; from the feet upwards."""
    grid = Grid(size.side, 400.0)
    step = 324.0 / size.slices
    for number in range(size.slices):
        height = -162.0 + (number + 0.5) * step
        values = np.clip(noisy(chest(grid, height), 11, number), -1024, 3071)
        made = start(visit, objects.CT, "CT", 2, number + 1)
        _placed(made, visit, grid, height, step)
        add(
            made,
            ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
            SeriesDescription="Thorax abdomen injecté",
            BodyPartExamined="CHEST",
            KVP=120,
            AcquisitionNumber=1,
            RescaleIntercept=-1024,
            RescaleSlope=1,
            RescaleType="HU",
            **WINDOWS,
        )
        yield written(grey(made, np.rint(values + 1024), 12))


def _placed(made: Any, visit: Visit, grid: Grid, height: float, step: float) -> None:
    add(
        made,
        PatientPosition="HFS",
        FrameOfReferenceUID=uid(visit.key, "frame"),
        PositionReferenceIndicator="",
        ImageOrientationPatient=AXIAL,
        ImagePositionPatient=[round(grid.first, 6), round(grid.first, 6), round(height, 3)],
        PixelSpacing=[round(grid.spacing, 6)] * 2,
        SliceThickness=round(step, 3),
        SliceLocation=round(height, 3),
    )


def resonance(visit: Visit, size: Size) -> Iterator[bytes]:
    """MR of the head: T1 as it is, FLAIR in JPEG 2000 without loss."""
    grid = Grid(size.head_side, 240.0)
    step = 150.0 / size.head_slices
    for series, (weight, echo, repeat) in enumerate((("T1", 10, 500), ("FLAIR", 120, 9000)), 1):
        for number in range(size.head_slices):
            height = -70.0 + (number + 0.5) * step
            values = np.clip(noisy(head(grid, height, weight), 12, number), 0, 4095)
            made = start(visit, objects.MR, "MR", series, number + 1)
            _placed(made, visit, grid, height, step)
            add(
                made,
                ImageType=["ORIGINAL", "PRIMARY", "OTHER"],
                SeriesDescription=f"Axial {weight}",
                BodyPartExamined="BRAIN",
                ScanningSequence="SE" if weight == "T1" else ["SE", "IR"],
                SequenceVariant="NONE",
                ScanOptions="",
                MRAcquisitionType="2D",
                EchoTime=echo,
                RepetitionTime=repeat,
                EchoTrainLength=1,
                MagneticFieldStrength=1.5,
                WindowCenter=450,
                WindowWidth=900,
            )
            grey(made, np.rint(values), 12)
            if weight == "FLAIR":
                made.InversionTime = 2500
                compress(made, JPEG2000Lossless, generate_instance_uid=False)
            yield written(made)


def radiograph(visit: Visit, size: Size) -> Iterator[bytes]:
    """DX of the chest: the same body as the scanner's, seen through from the back."""
    grid = Grid(192, 400.0)
    heights = np.linspace(168, -60, 120)
    mass = [np.clip(chest(grid, float(one)) + 1000, 0, None).sum(axis=0) for one in heights]
    seen = Image.fromarray(np.asarray(mass, np.float32)).resize(
        (size.film[1], size.film[0]), Image.Resampling.BICUBIC
    )
    values = np.clip(np.asarray(seen), 0, None)
    values = (values / values.max()) ** 0.8 * 3600 + 200
    values = np.clip(noisy(values, 14, 1), 0, 4095)
    made = start(visit, objects.DX, "DX", 1, 1)
    add(
        made,
        ImageType=["ORIGINAL", "PRIMARY", ""],
        SeriesDescription="Thorax de face",
        BodyPartExamined="CHEST",
        ImageLaterality="U",
        AnatomicRegionSequence=code("51185008", "SCT", "Chest"),
        ViewPosition="PA",
        ViewCodeSequence=code("399348003", "SCT", "postero-anterior"),
        PatientOrientation=["L", "F"],
        ImagerPixelSpacing=[round(400.0 / size.film[1], 6)] * 2,
        DetectorType="DIRECT",
        PositionerType="NONE",
        **_for_presentation(values),
    )
    made.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence([])
    yield written(grey(made, np.rint(values), 12))


def _for_presentation(values: NDArray[Any]) -> dict[str, Any]:
    return {
        "PresentationIntentType": "FOR PRESENTATION",
        "PixelIntensityRelationship": "LOG",
        "PixelIntensityRelationshipSign": -1,
        "RescaleIntercept": 0,
        "RescaleSlope": 1,
        "RescaleType": "US",
        "PresentationLUTShape": "IDENTITY",
        "LossyImageCompression": "00",
        "BurnedInAnnotation": "NO",
        "WindowCenter": int((values.max() + values.min()) / 2),
        "WindowWidth": int(values.max() - values.min()),
        "AcquisitionContextSequence": Sequence([]),
    }


def mammogram(visit: Visit, size: Size) -> Iterator[bytes]:
    """MG of one breast in two views, in JPEG-LS; a bright spot that both show."""
    rows, columns = size.breast
    down, across = np.mgrid[0:rows, 0:columns].astype(np.float32)
    views = (("CC", "399162004", "cranio-caudal"), ("MLO", "399368009", "medio-lateral oblique"))
    for number, (view, value, meaning) in enumerate(views, 1):
        shift = 0.06 * rows * (number - 1)
        edge = ((down - rows / 2 - shift) / (rows * 0.42)) ** 2 + (across / (columns * 0.8)) ** 2
        values = np.where(edge < 1, 1500 + 900 * (1 - edge), 60).astype(np.float32)
        values += np.where(edge < 1, 700 * _tissue(rows, columns, number), 0)
        spot = ((down - rows * 0.45 - shift) / 40) ** 2 + ((across - columns * 0.4) / 32) ** 2
        values += np.where(spot < 1, 700 * (1 - spot), 0)
        values = np.clip(noisy(values, 18, number), 0, 4095)
        made = start(visit, objects.MG, "MG", 1, number)
        add(
            made,
            ImageType=["ORIGINAL", "PRIMARY"],
            SeriesDescription="Mammographie gauche",
            BodyPartExamined="BREAST",
            ImageLaterality="L",
            AnatomicRegionSequence=code("76752008", "SCT", "Breast"),
            ViewCodeSequence=code(value, "SCT", meaning),
            ViewPosition=view,
            PatientOrientation=["A", "FL" if view == "MLO" else "R"],
            ImagerPixelSpacing=[0.07, 0.07],
            DetectorType="DIRECT",
            PositionerType="MAMMOGRAPHIC",
            OrganExposed="BREAST",
            BreastImplantPresent="NO",
            PartialView="NO",
            **_for_presentation(values),
        )
        made.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence([])
        compress(grey(made, np.rint(values), 12), JPEGLSLossless, generate_instance_uid=False)
        yield written(made)


def _tissue(rows: int, columns: int, seed: int) -> NDArray[Any]:
    """Soft clouds, large ones under small ones, around nothing."""
    chance = np.random.default_rng(seed)
    clouds = np.zeros((rows, columns), np.float32)
    for coarse, much in ((9, 0.5), (30, 0.35), (90, 0.15)):
        grain = chance.standard_normal((coarse, round(coarse * columns / rows)), dtype=np.float32)
        wide = Image.fromarray(grain).resize((columns, rows), Image.Resampling.BICUBIC)
        clouds += np.asarray(wide) * much
    return clouds * 0.5


def ultrasound(visit: Visit, size: Size) -> Iterator[bytes]:
    """US of a heart that beats: a loop of colour frames in JPEG."""
    high, wide = 480, 640
    down, across = np.mgrid[0:high, 0:wide].astype(np.float32)
    angle, depth = np.arctan2(across - wide / 2, down - 8), np.hypot(across - wide / 2, down - 8)
    fan = (np.abs(angle) < 0.62) & (depth < 452)
    frames = []
    for number in range(size.frames):
        beat = 1 + 0.16 * np.sin(number / size.frames * 4 * np.pi)
        values = np.full((high, wide), 82, np.float32)
        for x, y, r in ((300, 230, 72), (372, 250, 54), (318, 340, 50)):
            inside = np.hypot(across - x, down - y)
            values[inside < r * beat] = 18
            values[(inside > r * beat) & (inside < r * beat + 12)] = 165
        values *= 1.05 - depth / 900
        values = np.clip(noisy(values, 22, number), 0, 255) * fan
        colours = np.repeat(values.astype(np.uint8)[..., None], 3, axis=2)
        flow = fan & (np.hypot(across - 330, down - 285) < 15 * beat)
        colours[flow] = (190, 40, 30) if number % 2 else (60, 50, 190)
        out = BytesIO()
        Image.fromarray(colours).save(out, "JPEG", quality=80)
        frames.append(out.getvalue())
    made = start(visit, objects.US, "US", 1, 1)
    add(
        made,
        ImageType=["ORIGINAL", "PRIMARY", "", "0001"],
        SeriesDescription="Échocardiographie, quatre cavités",
        BodyPartExamined="HEART",
        PatientOrientation="",
        NumberOfFrames=len(frames),
        FrameTime=40,
        FrameIncrementPointer=0x00181063,
        SamplesPerPixel=3,
        PhotometricInterpretation="YBR_FULL_422",
        PlanarConfiguration=0,
        Rows=high,
        Columns=wide,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        UltrasoundColorDataPresent=1,
        LossyImageCompression="01",
        LossyImageCompressionRatio=12,
        LossyImageCompressionMethod="ISO_10918_1",
        SequenceOfUltrasoundRegions=Sequence([_region(high, wide)]),
    )
    made.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    made.PixelData = encapsulate(frames)
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    yield written(made)


def _region(high: int, wide: int) -> Any:
    return item(
        RegionSpatialFormat=1,
        RegionDataType=1,
        RegionFlags=0,
        RegionLocationMinX0=0,
        RegionLocationMinY0=0,
        RegionLocationMaxX1=wide - 1,
        RegionLocationMaxY1=high - 1,
        PhysicalUnitsXDirection=3,
        PhysicalUnitsYDirection=3,
        PhysicalDeltaX=0.035,
        PhysicalDeltaY=0.035,
    )
