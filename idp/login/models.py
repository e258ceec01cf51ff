# SPDX-License-Identifier: Apache-2.0
"""Table of the journeys."""

from sqlalchemy import BigInteger, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class JourneyRow(Base):
    """One way from an application's request through the pages to the answer.

    Bound to the browser that began it (OA-172); finished once.
    """

    __tablename__ = "journeys"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    request: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)
    # What the means put aside between their steps, and a proof that waits for something.
    state: Mapped[str] = mapped_column(Text, server_default=text("'{}'"))


class ErrandRow(Base):
    """Somebody on their way to another provider and back, not to log in: what they left with."""

    __tablename__ = "errands"
    __table_args__ = KEYED

    # Of what the provider sends back.
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # By which provider, what for and whose it is; with the browser that left.
    owner: Mapped[bytes] = mapped_column(LargeBinary)
    # Sealed.
    kept: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
