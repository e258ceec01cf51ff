# SPDX-License-Identifier: Apache-2.0
"""How a refusal travels up through the child."""

from imaging_app.dicom.values import Reason


class Unfit(Exception):
    """The file is refused; the detail holds nothing of the file."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
