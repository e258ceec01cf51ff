# SPDX-License-Identifier: Apache-2.0
"""What an account holds to prove itself, as its owner may see it: dates and names, no secret."""

from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, select

from idp.credentials.models import (
    CardRow,
    OtpRow,
    PasskeyRow,
    PasswordRow,
    RecoveryCodeRow,
    TotpRow,
)
from idp.db import Tx, table_of

passwords, otp = table_of(PasswordRow), table_of(OtpRow)
totp, recovery = table_of(TotpRow), table_of(RecoveryCodeRow)
passkeys, cards = table_of(PasskeyRow), table_of(CardRow)
ACCOUNT: BindParameter[str] = bindparam("account")
PASSWORD = select(passwords.c.changed_at).where(passwords.c.account_id == ACCOUNT)
OTP = select(otp.c.enabled_at).where(otp.c.account_id == ACCOUNT)
TOTP = select(totp.c.name, totp.c.created_at, totp.c.last_used_at).where(
    totp.c.account_id == ACCOUNT
)
RECOVERY = select(recovery.c.created_at, recovery.c.used_at).where(recovery.c.account_id == ACCOUNT)
PASSKEYS = select(
    passkeys.c.name, passkeys.c.created_at, passkeys.c.last_used_at, passkeys.c.backed_up
).where(passkeys.c.account_id == ACCOUNT)
CARDS = select(
    cards.c.serial,
    cards.c.kind,
    cards.c.valid_until,
    cards.c.revoked_at,
    cards.c.first_used_at,
    cards.c.last_used_at,
).where(cards.c.account_id == ACCOUNT)


@dataclass(frozen=True, slots=True)
class Device:
    """An authenticator app or a passkey."""

    name: str
    since: int
    last_used: int | None
    # Whether it lives in several devices of its owner.
    synchronised: bool = False


@dataclass(frozen=True, slots=True)
class Recovery:
    """The codes on paper."""

    since: int
    left: int
    used: int


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A card of the CPS family."""

    serial: str
    kind: str
    valid_until: int
    revoked_at: int | None
    first_used_at: int | None
    last_used_at: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """All of it."""

    password_since: int | None
    otp_since: int | None
    authenticator: Device | None
    recovery: Recovery | None
    passkeys: tuple[Device, ...]
    cards: tuple[HeldCard, ...]


def held_by(tx: Tx, account: str) -> Held:
    """What this account holds."""
    known = {"account": account}
    app = tx.execute(TOTP, known).first()
    codes = tx.execute(RECOVERY, known).all()
    used = sum(1 for one in codes if one.used_at is not None)
    keys = [
        Device(row.name, row.created_at, row.last_used_at, bool(row.backed_up))
        for row in tx.execute(PASSKEYS, known)
    ]
    found = [HeldCard(*row) for row in tx.execute(CARDS, known)]
    return Held(
        password_since=tx.execute(PASSWORD, known).scalar(),
        otp_since=tx.execute(OTP, known).scalar(),
        authenticator=Device(app.name, app.created_at, app.last_used_at) if app else None,
        recovery=Recovery(max(one.created_at for one in codes), len(codes) - used, used)
        if codes
        else None,
        # Not sorted by the database: each sorts text in its own way (RL-20).
        passkeys=tuple(sorted(keys, key=lambda one: (one.since, one.name))),
        cards=tuple(sorted(found, key=lambda one: (-one.valid_until, one.serial))),
    )
