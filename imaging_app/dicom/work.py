# SPDX-License-Identifier: Apache-2.0
"""What the child can be asked for: by name, about one file. Only the child imports this."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from imaging_app.dicom import clinical, documents, drawing, opening, pixels, reading
from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.opening import Handed
from imaging_app.dicom.packing import pack, unpack
from imaging_app.dicom.values import Look, Reason

# What is told, and the bytes beside it.
Answer = tuple[dict[str, Any], bytes]
Asked = Mapping[str, Any]


def _read(file: Path | Handed, _asked: Asked, limits: Limits) -> Answer:
    found = reading.read(file, limits)
    return pack(found), found.metadata


def _draw(path: Path, asked: Asked, limits: Limits) -> Answer:
    with closing(opening.open_file(path, limits)) as opened:
        found = drawing.draw(opened, unpack(Look, asked["look"]), limits)
    return pack(found), found.content


def _frame(path: Path, asked: Asked, limits: Limits) -> Answer:
    with closing(opening.open_file(path, limits)) as opened:
        found = pixels.native(opened, int(asked["number"]), limits)
    return pack(found), found.content


def _document(path: Path, _asked: Asked, limits: Limits) -> Answer:
    with closing(opening.open_file(path, limits)) as opened:
        found = documents.unwrap(opened, limits)
    return pack(found), found.content


def _text(path: Path, _asked: Asked, limits: Limits) -> Answer:
    if path.stat().st_size > limits.text:
        raise Unfit(Reason.TOO_LARGE, "text")
    found = clinical.text_of(path.read_bytes(), limits)
    return pack(found), found.content


DEEDS: Final[Mapping[str, Callable[[Any, Asked, Limits], Answer]]] = {
    "read": _read,
    "draw": _draw,
    "frame": _frame,
    "document": _document,
    "text": _text,
}


def do(asked: Asked, handed: Handed | None = None) -> Answer:
    """One thing; a file that is not fit for it is an answer, too. Only to read is one handed."""
    limits = unpack(Limits, asked["limits"])
    try:
        told, content = DEEDS[asked["do"]](handed or Path(asked["path"]), asked, limits)
    except Unfit as fault:
        return {"refused": fault.reason.value, "detail": fault.detail}, b""
    except MemoryError:
        return {"refused": Reason.TOO_LARGE.value, "detail": "memory"}, b""
    except RecursionError:
        return {"refused": Reason.TOO_DEEP.value, "detail": ""}, b""
    except Exception as fault:  # noqa: BLE001 - whatever a parser says of what it can't read
        return {"refused": Reason.MALFORMED.value, "detail": type(fault).__name__[:60]}, b""
    if len(content) > limits.answer:
        return {"refused": Reason.TOO_LARGE.value, "detail": "answer"}, b""
    return told, content
