# SPDX-License-Identifier: Apache-2.0
"""Table of the outbox."""

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from imaging_app.db import KEYED, Base


class NoticeRow(Base):
    """Something to be told to a patient or an establishment; its content is sealed."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_due", "sent_at", "next_at"),
        Index("ix_notices_to", "to_kind", "to_id", "made_at"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # patient or establishment, and which one.
    to_kind: Mapped[str] = mapped_column(String(16))
    to_id: Mapped[str] = mapped_column(String(32))
    what: Mapped[str] = mapped_column(String(32))
    content: Mapped[str] = mapped_column(Text)
    made_at: Mapped[int] = mapped_column(BigInteger)
    # The next try, or the end of a sender's lease.
    next_at: Mapped[int] = mapped_column(BigInteger)
    tries: Mapped[int] = mapped_column(Integer)
    sent_at: Mapped[int | None] = mapped_column(BigInteger)
    # On the portal's own page, by whom it is for.
    read_at: Mapped[int | None] = mapped_column(BigInteger)
    # No mail leaves any more, and what the last try said; an operator may have it tried again.
    given_up_at: Mapped[int | None] = mapped_column(BigInteger)
    fault: Mapped[str | None] = mapped_column(String(64))
