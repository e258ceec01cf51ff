# SPDX-License-Identifier: Apache-2.0
"""Tables of the administration."""

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class AnnouncementRow(Base):
    """A notice on the portal, from one moment to another."""

    __tablename__ = "announcements"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # info or warning.
    tone: Mapped[str] = mapped_column(String(8))
    french: Mapped[str] = mapped_column(Text)
    english: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
