# SPDX-License-Identifier: Apache-2.0
"""What an application is told in an encrypted form, as it is registered: its settings about that.

What is to be encrypted and cannot be is not told at all.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from idp.applications.faults import What
from idp.oidc.reading import Reading
from idp.oidc.recipients import (
    ALGORITHMS,
    CIPHERS,
    Cipher,
    Recipient,
    encrypt,
    kept,
    pick,
    read_recipients,
)

# What can be, and what it is called in metadata (OIDC Registration §2, JARM §3, RFC 9701 §6).
PLACES: Final = ("id_token", "userinfo", "authorization", "introspection")
KNOWN: Final = frozenset(
    f"{place}_encrypted_response_{what}" for place in PLACES for what in ("alg", "enc")
)


class Unencryptable(What):
    """What may be wrong with these settings."""

    ENCRYPTION_ALONE = "how the key is encrypted ({known}) has to be given, too"
    NO_RECIPIENT = (
        "to encrypt, a public key for it is needed in jwks (use=enc, for {known}; RSA: 2048 bits "
        "at least), or jwks_uri"
    )


@dataclass(frozen=True, slots=True)
class Encrypted:
    """What is encrypted, how, and to which keys."""

    id_token: Cipher | None = None
    userinfo: Cipher | None = None
    authorization: Cipher | None = None
    introspection: Cipher | None = None
    recipients: tuple[Recipient, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether nothing is."""
        return self is NOTHING

    @property
    def is_whole(self) -> bool:
        """Whether there is a key for each."""
        return not any(self.lacks(getattr(self, place)) for place in PLACES)

    def with_keys(self, recipients: tuple[Recipient, ...]) -> "Encrypted":
        """The same, to keys that were fetched."""
        return replace(self, recipients=recipients)

    def lacks(self, cipher: Cipher | None) -> str:
        """Why that cannot be encrypted; nothing where it can, or need not be."""
        if cipher is None or pick(self.recipients, cipher) is not None:
            return ""
        return f"no key of this client's (use=enc) can be encrypted to by {cipher.algorithm}"

    def encrypt(self, cipher: Cipher, token: str) -> str | None:
        """What the client alone reads; nothing where it has no key for it."""
        found = pick(self.recipients, cipher)
        return None if found is None else encrypt(found, cipher, token)

    def kept(self, cipher: Cipher | None) -> dict[str, Any] | None:
        """To which key it will be encrypted at the end of a login, wherever that is."""
        found = pick(self.recipients, cipher) if cipher is not None else None
        return kept(found, cipher) if found is not None and cipher is not None else None


NOTHING: Final = Encrypted()


def read_encrypted(reading: Reading) -> Encrypted:
    """The group of settings, each fault noted."""
    ciphers = {place: _cipher(reading, place) for place in PLACES}
    if not any(ciphers.values()):
        return NOTHING
    found = Encrypted(**ciphers, recipients=read_recipients(reading.settings.get("jwks")))
    if not reading.settings.get("jwks_uri"):
        for place, cipher in ciphers.items():
            if cipher is not None and found.lacks(cipher):
                name = f"{place}_encrypted_response_alg"
                reading.note(name, Unencryptable.NO_RECIPIENT, known=cipher.algorithm)
    return found


def _cipher(reading: Reading, place: str) -> Cipher | None:
    prefix = f"{place}_encrypted_response_"
    algorithm = reading.one_of(prefix + "alg", ("", *ALGORITHMS))
    encryption = reading.one_of(prefix + "enc", ("", *CIPHERS))
    if encryption and not algorithm:
        reading.note(prefix + "enc", Unencryptable.ENCRYPTION_ALONE, known=prefix + "alg")
    return Cipher(algorithm, encryption or CIPHERS[0]) if algorithm else None
