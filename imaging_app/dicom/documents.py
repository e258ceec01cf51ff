# SPDX-License-Identifier: Apache-2.0
"""The document that a file wraps (PS3.3 §A.45). Only the child imports this."""

from imaging_app.dicom.faults import Unfit
from imaging_app.dicom.limits import Limits
from imaging_app.dicom.opening import Opened
from imaging_app.dicom.reading import text
from imaging_app.dicom.values import Document, Reason


def unwrap(opened: Opened, limits: Limits) -> Document:
    """It, without the byte that makes its length even."""
    content = opened.dataset.get("EncapsulatedDocument")
    if not isinstance(content, bytes) or not content:
        raise Unfit(Reason.NO_FRAME, "document")
    length = opened.dataset.get("EncapsulatedDocumentLength")
    if isinstance(length, int) and len(content) - 1 <= length <= len(content):
        content = content[:length]
    elif content.startswith(b"%PDF-"):
        content = content.rstrip(b"\0")
    if len(content) > limits.frame:
        raise Unfit(Reason.TOO_LARGE, "document")
    kind = text(opened.dataset, "MIMETypeOfEncapsulatedDocument")
    return Document(kind, text(opened.dataset, "DocumentTitle", 200), content)
