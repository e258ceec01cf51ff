# SPDX-License-Identifier: Apache-2.0
"""Table of counters."""

from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import KEYED, Base


class TriesRow(Base):
    """Tries of one bucket since a window began; the bucket is a fingerprint, no address."""

    __tablename__ = "tries"
    __table_args__ = KEYED

    bucket: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    began_at: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(Integer)
