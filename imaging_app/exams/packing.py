# SPDX-License-Identifier: Apache-2.0
"""Where frames lie, as the index keeps it."""

import json
import zlib
from dataclasses import asdict

from imaging_app.dicom.packing import unpack
from imaging_app.dicom.values import Frames


def pack_frames(frames: Frames) -> bytes:
    """As few bytes as there may be: most files have one frame."""
    return zlib.compress(json.dumps(asdict(frames), separators=(",", ":")).encode(), 6)


def unpack_frames(packed: bytes) -> Frames:
    """The same again."""
    return unpack(Frames, json.loads(zlib.decompress(packed)))
