# SPDX-License-Identifier: Apache-2.0
"""Tables of the credentials."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class PasswordRow(Base):
    """An account's password. `form` names how the text was normalised before hashing."""

    __tablename__ = "passwords"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(String(8))
    changed_at: Mapped[int] = mapped_column(BigInteger)


class ThrottleRow(Base):
    """One counter of failed tries: of an account and means, of an address, of a typed name."""

    __tablename__ = "throttles"
    __table_args__ = KEYED

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    streak: Mapped[int] = mapped_column(Integer)
    blocked_until: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger, index=True)
    # The moments of the tries judged in the last day, oldest first.
    tries: Mapped[str] = mapped_column(Text)


class KnownDeviceRow(Base):
    """A browser in which an account has logged in: its tries are counted apart (CR-012)."""

    __tablename__ = "known_devices"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    device_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    first_at: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger)


class UsedOnceRow(Base):
    """The memory of one-time values, kept at least as long as the value could be presented."""

    __tablename__ = "used_once"
    __table_args__ = KEYED

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    keep_until: Mapped[int] = mapped_column(BigInteger, index=True)
