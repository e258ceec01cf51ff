# SPDX-License-Identifier: Apache-2.0
"""The installation's secrets: made once, sealed by the key ring, the same for every process."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.clock import Entropy
from idp.crypto import CryptoError, KeyRing
from idp.db import Tx
from idp.errors import Breakdown
from idp.keys.models import InstallationSecretRow

SIZE = 32
NAMES = ("lookup", "audit", "pairwise", "forms")
_PLACE = {"table": "installation_secrets", "column": "sealed"}

_ALL = select(InstallationSecretRow.name, InstallationSecretRow.sealed)
_INSERT = (
    insert(InstallationSecretRow)
    .values(name=bindparam("name"), sealed=bindparam("sealed"))
    .on_conflict_do_nothing()
)
_RESEAL = (
    update(InstallationSecretRow)
    .where(
        InstallationSecretRow.name == bindparam("secret"),
        InstallationSecretRow.sealed == bindparam("before"),
    )
    .values(sealed=bindparam("after"))
)


class WrongKeyRing(Breakdown):
    """The key ring given does not open what this database holds: refuse to start."""


@dataclass(frozen=True, slots=True, repr=False)
class InstallationSecrets:
    """Keys of look-up hashes, of the audit, of pairwise subjects and of forms."""

    lookup: bytes
    audit: bytes
    pairwise: bytes
    forms: bytes


def load_installation(tx: Tx, ring: KeyRing, entropy: Entropy) -> InstallationSecrets:
    """The installation's secrets, made at the first start; a wrong ring is refused."""
    secrets = _open_all(tx, ring)
    missing = [name for name in NAMES if name not in secrets]
    if missing:
        for name in missing:
            sealed = ring.seal(entropy.bytes(SIZE), row=name, **_PLACE)
            tx.execute(_INSERT, {"name": name, "sealed": sealed})
        # Read again: another process may have been first, and its secret is the one.
        secrets = _open_all(tx, ring)
    return InstallationSecrets(**{name: secrets[name] for name in NAMES})


def reseal_installation(tx: Tx, ring: KeyRing) -> int:
    """Seal again, with the ring's active key, what an older key of the ring had sealed."""
    done = 0
    for name, sealed in tx.execute(_ALL).all():
        if ring.needs_reseal(sealed):
            again = ring.seal(_open(ring, name, sealed), row=name, **_PLACE)
            values = {"secret": name, "before": sealed, "after": again}
            done += tx.execute(_RESEAL, values).rowcount
    return done


def _open_all(tx: Tx, ring: KeyRing) -> dict[str, bytes]:
    return {name: _open(ring, name, sealed) for name, sealed in tx.execute(_ALL).all()}


def _open(ring: KeyRing, name: str, sealed: str) -> bytes:
    try:
        secret = ring.open(sealed, row=name, **_PLACE)
    except CryptoError as fault:
        raise WrongKeyRing(
            f"the key ring does not open the installation secret {name!r}: it lacks the key that "
            "sealed this database, or the row was altered. Give the ring this database was "
            "started with; a new one can't be made without losing what the old one protects."
        ) from fault
    if len(secret) != SIZE:
        raise WrongKeyRing(f"the installation secret {name!r} has not {SIZE} bytes")
    return secret
