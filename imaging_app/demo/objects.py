# SPDX-License-Identifier: Apache-2.0
"""DICOM objects around pictures, as complete as a validator asks."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

# The test domain of national identities.
TEST_OID: Final = "1.2.250.1.213.1.4.10"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
DX = "1.2.840.10008.5.1.4.1.1.1.1"
MG = "1.2.840.10008.5.1.4.1.1.1.2"
US = "1.2.840.10008.5.1.4.1.1.3.1"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A patient as a modality knows them."""

    number: str
    name: str
    birth_date: str
    sex: str
    issuer: str
    national: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One exam."""

    key: str
    somebody: Somebody
    institution: str
    day: str
    time: str
    accession: str
    description: str
    referrer: str


def uid(*words: object) -> str:
    """Of names: the same exam has the same identifiers wherever it is drawn (PS3.5 §B.2)."""
    digest = hashlib.sha256("|".join(map(str, ("sceau demo", *words))).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:15], 'big')}"


def item(**told: Any) -> Dataset:
    """One item of a sequence."""
    made = Dataset()
    for name, value in told.items():
        setattr(made, name, value)
    return made


def code(value: str, scheme: str, meaning: str) -> Sequence:
    """A coded word."""
    return Sequence([item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)])


def start(visit: Visit, kind: str, modality: str, series: int, number: int) -> FileDataset:
    """What every object tells: whose it is, of which exam, series and number."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(kind)
    meta.MediaStorageSOPInstanceUID = UID(uid(visit.key, series, number))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    somebody = visit.somebody
    told: dict[str, Any] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": kind,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "StudyInstanceUID": uid(visit.key),
        "SeriesInstanceUID": uid(visit.key, series),
        "StudyID": visit.accession[-8:],
        "StudyDate": visit.day,
        "StudyTime": visit.time,
        "SeriesDate": visit.day,
        "SeriesTime": visit.time,
        "ContentDate": visit.day,
        "ContentTime": visit.time,
        "AcquisitionDate": visit.day,
        "AcquisitionTime": visit.time,
        "AcquisitionDateTime": visit.day + visit.time,
        "AccessionNumber": visit.accession,
        "StudyDescription": visit.description,
        "ReferringPhysicianName": visit.referrer,
        "InstitutionName": visit.institution,
        "Manufacturer": "Sceau",
        "ManufacturerModelName": "Fantôme",
        "DeviceSerialNumber": "1",
        "SoftwareVersions": "1",
        "PatientID": somebody.number,
        "IssuerOfPatientID": somebody.issuer,
        "PatientName": somebody.name,
        "PatientBirthDate": somebody.birth_date,
        "PatientSex": somebody.sex,
        "Modality": modality,
        "SeriesNumber": series,
        "InstanceNumber": number,
    }
    for name, value in told.items():
        setattr(made, name, value)
    if somebody.national:
        made.OtherPatientIDsSequence = Sequence([_national(somebody)])
    return made


def _national(somebody: Somebody) -> Dataset:
    issuer = item(UniversalEntityID=TEST_OID, UniversalEntityIDType="ISO")
    return item(
        PatientID=somebody.national,
        TypeOfPatientID="TEXT",
        IssuerOfPatientIDQualifiersSequence=Sequence([issuer]),
    )


def add(made: FileDataset, **told: Any) -> FileDataset:
    """More of it."""
    for name, value in told.items():
        setattr(made, name, value)
    return made


def grey(made: FileDataset, samples: Any, stored: int, *, signed: bool = False) -> FileDataset:
    """Pixels of sixteen bits."""
    add(
        made,
        Rows=samples.shape[0],
        Columns=samples.shape[1],
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16,
        BitsStored=stored,
        HighBit=stored - 1,
        PixelRepresentation=int(signed),
        PixelData=samples.astype("<i2" if signed else "<u2").tobytes(),
    )
    made["PixelData"].VR = "OW"
    return made


def written(made: FileDataset) -> bytes:
    """The file."""
    out = BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()
