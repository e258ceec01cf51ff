# SPDX-License-Identifier: Apache-2.0
"""Tables of the credentials."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class PasswordRow(Base):
    """An account's password. `form` names how the text was normalised before hashing."""

    __tablename__ = "passwords"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(String(8))
    # Found by age: whose password ends soon is told.
    changed_at: Mapped[int] = mapped_column(BigInteger, index=True)
    # Why it must be replaced at the next login; empty where it need not be.
    must_change: Mapped[str] = mapped_column(String(16), server_default=text("''"))
    # A temporary one is worth nothing after this moment.
    valid_until: Mapped[int | None] = mapped_column(BigInteger)
    # Days before its end of which its owner was warned last; 0 for never.
    warned: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    # Tells it from those before and after: a proof of another one is worth nothing.
    mark: Mapped[str] = mapped_column(String(12), server_default=text("'first'"))
    # When it was last renewed as a forgotten one, and by which channel (CR-044).
    reset_at: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    reset_by: Mapped[str] = mapped_column(String(8), server_default=text("''"))


class PasswordHistoryRow(Base):
    """A password that was replaced: its hash, kept as long as the policy looks back."""

    __tablename__ = "password_history"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    hash: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[int] = mapped_column(BigInteger)


class PolicyRow(Base):
    """The password policy of a population, where an administrator has set another than shipped."""

    __tablename__ = "password_policies"
    __table_args__ = KEYED

    population: Mapped[str] = mapped_column(String(16), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class ResetLinkRow(Base):
    """A link to a new password, or a temporary one, by its keyed hash: once, not for long."""

    __tablename__ = "reset_links"
    __table_args__ = KEYED

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    # How it reached its owner.
    channel: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class CodeRow(Base):
    """A one-time code: bound to an account, a purpose, a transaction and a destination (CR-005)."""

    __tablename__ = "one_time_codes"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    # login, email, phone or beside.
    purpose: Mapped[str] = mapped_column(String(16))
    # The journey, or the session, in which it was asked for.
    transaction: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(8))
    # Sealed: the address or number that it was sent to.
    destination: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    # Of an SMS: the prefix of the number's country.
    country: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int] = mapped_column(Integer)
    # 1 after a right try.
    used: Mapped[int] = mapped_column(Integer)
    # Used, burned by wrong tries, or replaced by a newer one: over in any case.
    ended_at: Mapped[int | None] = mapped_column(BigInteger)


class OtpRow(Base):
    """A person who has switched on one-time codes for their account."""

    __tablename__ = "otp_enrolments"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    enabled_at: Mapped[int] = mapped_column(BigInteger)


class TotpRow(Base):
    """An authenticator app. The last step used is never accepted again (CR-008)."""

    __tablename__ = "totp"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    # Sealed.
    secret: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_step: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """One of ten codes on paper, each for once."""

    __tablename__ = "recovery_codes"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class PendingRow(Base):
    """Something secret that a page shows again for a while, in the session that asked for it."""

    __tablename__ = "pending_secrets"
    __table_args__ = KEYED

    session_id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # A seed that no code has confirmed yet, codes that nobody has noted yet, or when a code to a
    # known address was typed.
    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    # Sealed.
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class PasskeyRow(Base):
    """A passkey: what its authenticator told at enrolment."""

    __tablename__ = "passkeys"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    credential: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    counter: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(64))
    transports: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(36))
    backed_up: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
    # The account that the authenticator knows it by, where that was merged into another.
    made_for: Mapped[str] = mapped_column(String(43), server_default=text("''"))


class CardRow(Base):
    """A card of the CPS family bound to an account."""

    __tablename__ = "cards"
    __table_args__ = KEYED

    serial: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    valid_until: Mapped[int] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    # The administrator who did it; empty where its authority did.
    revoked_by: Mapped[str] = mapped_column(String(160), server_default=text("''"))
    first_used_at: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    # Of the certificate last seen on it: the operator's name for its authorities, the key of the
    # one that issued it, and its serial number in hexadecimal. Empty until a login has shown it.
    family: Mapped[str] = mapped_column(String(32), server_default=text("''"))
    authority: Mapped[str] = mapped_column(String(64), index=True, server_default=text("''"))
    certificate_serial: Mapped[str] = mapped_column(String(64), server_default=text("''"))


class CardHandoverRow(Base):
    """A certificate on its way from the card's own address to the journey that asked for it."""

    __tablename__ = "card_handovers"
    __table_args__ = KEYED

    # Of the value in the address to which the browser is sent.
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    journey: Mapped[str] = mapped_column(String(64))
    # Of the cookie of the browser that asked.
    browser: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    # Once the browser has been there: the certificate, sealed; empty where it showed none.
    certificate: Mapped[str | None] = mapped_column(Text)
    return_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    return_until: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class CalculetteBatchRow(Base):
    """Readers that were delivered together: one suite, one algorithm."""

    __tablename__ = "calculette_batches"
    __table_args__ = KEYED

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    verifier: Mapped[str] = mapped_column(String(16))
    suite: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)


class CalculetteRow(Base):
    """What a card answers with in a reader; it is worth something only while the card is valid."""

    __tablename__ = "calculettes"
    __table_args__ = KEYED

    card_serial: Mapped[str] = mapped_column(ForeignKey("cards.serial"), primary_key=True)
    batch: Mapped[str] = mapped_column(ForeignKey("calculette_batches.name"), index=True)
    # Of the reader, where it is not made for every card.
    reader: Mapped[str] = mapped_column(String(64))
    # Sealed.
    secret: Mapped[str] = mapped_column(Text)
    # Sealed: the hash of the card's code; empty where answers are made without it.
    pin: Mapped[str] = mapped_column(Text)
    # The first that has not been used: it only goes up.
    counter: Mapped[int] = mapped_column(BigInteger)
    # Steps by which its clock is off.
    drift: Mapped[int] = mapped_column(Integer)
    # Where the next answer must belong, after one from further off than usual.
    awaited_counter: Mapped[int | None] = mapped_column(BigInteger)
    awaited_drift: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)


class CalculetteChallengeRow(Base):
    """The number last shown in a journey, to whoever was named there."""

    __tablename__ = "calculette_challenges"
    __table_args__ = KEYED

    journey: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(22))
    # Keyed hash of who was named: an answer is judged for nobody else.
    holder: Mapped[bytes] = mapped_column(LargeBinary)
    digits: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    # Answered, or replaced.
    ended_at: Mapped[int | None] = mapped_column(BigInteger)


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
    # The highest that was proved in it.
    level: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    first_at: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger)


class UsedOnceRow(Base):
    """The memory of one-time values, kept at least as long as the value could be presented."""

    __tablename__ = "used_once"
    __table_args__ = KEYED

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    keep_until: Mapped[int] = mapped_column(BigInteger, index=True)
