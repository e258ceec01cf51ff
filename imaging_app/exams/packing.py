# SPDX-License-Identifier: Apache-2.0
"""Where frames lie, as the index keeps it."""

import json
import zlib
from dataclasses import asdict

from imaging_app.dicom.packing import inflate, unpack
from imaging_app.dicom.values import Frames
from imaging_app.dicom.wire import MOST_TOLD as MOST_PLACES


def pack_frames(frames: Frames) -> bytes:
    """As few bytes as there may be: most files have one frame."""
    return zlib.compress(json.dumps(asdict(frames), separators=(",", ":")).encode(), 6)


def unpack_frames(packed: bytes) -> Frames:
    """The same again."""
    return unpack(Frames, json.loads(inflate(packed, MOST_PLACES)))
