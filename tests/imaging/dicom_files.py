# SPDX-License-Identifier: Apache-2.0
"""DICOM files for tests: small, valid, and what a test makes of them."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.config import IGNORE, settings
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

# Tests write what is wrong on purpose.
settings.writing_validation_mode = settings.reading_validation_mode = IGNORE
SHIPPED = Path(pydicom.__file__).parent / "data" / "test_files"
CT = "1.2.840.10008.5.1.4.1.1.2"
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
STUDY, SERIES = "1.2.3.4.1", "1.2.3.4.1.1"
# Four corners that can't be taken for one another, and a diagonal: 8 rows, 6 columns.
MARKED = np.zeros((8, 6), np.int16)
MARKED[0, 0], MARKED[0, -1], MARKED[-1, 0], MARKED[-1, -1] = 1000, 500, 250, -500


def uid(*words: object) -> UID:
    """The same for the same words."""
    return generate_uid(prefix="1.2.3.", entropy_srcs=[str(word) for word in words])


def image(samples: np.ndarray = MARKED, **changes: Any) -> FileDataset:
    """A CT image of somebody; what is None is left out."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID(CT)
    told: dict[str, Any] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": CT,
        "SOPInstanceUID": "1.2.3.4.1.1.1",
        "StudyInstanceUID": STUDY,
        "SeriesInstanceUID": SERIES,
        "PatientID": "IPP-1",
        "PatientName": "DURAND^Agnès^Marie",
        "PatientBirthDate": "19570312",
        "PatientSex": "F",
        "StudyDate": "20261102",
        "StudyTime": "101500",
        "AccessionNumber": "ACC-1",
        "StudyDescription": "Scanner thoracique",
        "SeriesDescription": "Médiastin",
        "Modality": "CT",
        "SeriesNumber": 2,
        "InstanceNumber": 7,
        "Rows": samples.shape[0],
        "Columns": samples.shape[1],
        "SamplesPerPixel": 1 if samples.ndim == 2 else 3,
        "PhotometricInterpretation": "MONOCHROME2" if samples.ndim == 2 else "RGB",
        "BitsAllocated": samples.dtype.itemsize * 8,
        "BitsStored": samples.dtype.itemsize * 8,
        "HighBit": samples.dtype.itemsize * 8 - 1,
        "PixelRepresentation": int(samples.dtype.kind == "i"),
        "PixelData": samples.astype(samples.dtype.newbyteorder("<")).tobytes(),
    }
    if samples.ndim == 3:
        told["PlanarConfiguration"] = 0
    told |= changes
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    for name, value in told.items():
        if value is not None:
            setattr(made, name, value)
    if "PixelData" in made:
        made["PixelData"].VR = "OB" if made.BitsAllocated <= 8 else "OW"
    meta.MediaStorageSOPInstanceUID = UID(str(made.get("SOPInstanceUID", "1.2.3")))
    return made


def many(count: int, **changes: Any) -> FileDataset:
    """An image of so many frames, each all of its own number."""
    every = np.repeat(np.arange(count, dtype=np.int16), MARKED.size).reshape(count, *MARKED.shape)
    made = image(MARKED, NumberOfFrames=count, **changes)
    made.PixelData = every.astype("<i2").tobytes()
    return made


def compressed(made: FileDataset, syntax: str, frames: list[bytes], **how: Any) -> FileDataset:
    """The same with these fragments for pixels."""
    made.file_meta.TransferSyntaxUID = UID(syntax)
    made.PixelData = encapsulate(frames, **how)
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    return made


def document(content: bytes, kind: str = "application/pdf", **changes: Any) -> FileDataset:
    """A document in a file of its own."""
    none = dict.fromkeys(
        (
            "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
            "BitsStored", "HighBit", "PixelRepresentation", "PixelData",
        )
    )  # fmt: skip
    told = {
        "SOPClassUID": PDF,
        "SOPInstanceUID": "1.2.3.4.1.9.1",
        "SeriesInstanceUID": "1.2.3.4.1.9",
        "Modality": "DOC",
        "DocumentTitle": "Compte rendu",
        "MIMETypeOfEncapsulatedDocument": kind,
        "EncapsulatedDocument": content + b"\0" * (len(content) % 2),
        "EncapsulatedDocumentLength": len(content),
    }
    return image(**(none | told | changes))


def item(**told: Any) -> Dataset:
    """One item of a sequence."""
    made = Dataset()
    for name, value in told.items():
        setattr(made, name, value)
    return made


def items(*found: Dataset) -> Sequence:
    """A sequence."""
    return Sequence(found)


def written(made: FileDataset) -> bytes:
    """A file's bytes."""
    out = BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()


def save(folder: Path, made: FileDataset | bytes, name: str = "image.dcm") -> Path:
    """The file."""
    path = folder / name
    path.write_bytes(made if isinstance(made, bytes) else written(made))
    return path
