# SPDX-License-Identifier: Apache-2.0
"""An authority as a value."""

from dataclasses import dataclass
from enum import Enum

from idp.trust.certificate import Certificate


class Role(Enum):
    """What an authority is to the operator."""

    ROOT = "root"
    # Believed only below a root.
    INTERMEDIATE = "intermediate"


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that the operator added."""

    family: str
    role: Role
    certificate: Certificate
    # Object identifiers; what it issues must name one of them, if there are any.
    policies: tuple[str, ...] = ()
    responder: str = ""
    added_at: int = 0

    @property
    def key_id(self) -> str:
        return self.certificate.key_id

    @property
    def subject(self) -> str:
        """For people to read."""
        told: str = self.certificate.subject.rfc4514_string()
        return told[:512]
