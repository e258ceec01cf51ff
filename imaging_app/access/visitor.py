# SPDX-License-Identifier: Apache-2.0
"""Who is there, as the login told: built by an edge from the session's claims, and nowhere else."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from imaging_app.trace.record import Actor


class Kind(StrEnum):
    """As what somebody is there."""

    PROFESSIONAL = "professional"
    PATIENT = "patient"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody in a session."""

    kind: Kind
    subject: str
    session: str
    name: str = ""
    # Of professionals.
    rpps: str = ""
    profession: str = ""
    speciality: str = ""
    # Where they work: for staff, the only establishment whose things they touch.
    establishment: str = ""
    # Of staff: whether they administer it, beside working there.
    administers: bool = False
    # How surely it is them, and since when.
    level: int = 0
    auth_at: int = 0
    address: str = ""
    request_id: str = ""

    @property
    def actor(self) -> Actor:
        """The same as the trace keeps it: the session by a fingerprint."""
        return Actor(
            kind=self.kind.value,
            subject=self.subject,
            rpps=self.rpps,
            name=self.name,
            profession=self.profession,
            speciality=self.speciality,
            establishment=self.establishment,
            session=hashlib.sha256(self.session.encode()).hexdigest()[:32],
            address=self.address,
            request_id=self.request_id,
        )


NOBODY = Actor(kind="nobody", subject="")
