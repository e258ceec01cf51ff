# SPDX-License-Identifier: Apache-2.0
"""Keys of clients that we encrypt to, and how: nested, so that what is inside is signed by us."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.oidc.client_keys import MOST_KEYS, PRIVATE, SHORTEST_MODULUS, PublicKey, is_strong

# OA-077: neither RSA1_5 nor PBES2, and RSA-OAEP by SHA-256 alone.
RSA_ALGORITHMS: Final = ("RSA-OAEP-256",)
EC_ALGORITHMS: Final = ("ECDH-ES", "ECDH-ES+A256KW")
ALGORITHMS: Final = (*RSA_ALGORITHMS, *EC_ALGORITHMS)
# OIDC Registration §2: the first is the usual one.
CIPHERS: Final = ("A128CBC-HS256", "A256GCM", "A128GCM", "A256CBC-HS512")
FAMILIES: Final[Mapping[tuple[str, str | None], tuple[tuple[str, ...], type[PublicKey]]]] = {
    ("RSA", None): (RSA_ALGORITHMS, RSAKey),
    ("EC", "P-256"): (EC_ALGORITHMS, ECKey),
    ("EC", "P-384"): (EC_ALGORITHMS, ECKey),
    ("EC", "P-521"): (EC_ALGORITHMS, ECKey),
    ("OKP", "X25519"): (EC_ALGORITHMS, OKPKey),
}
# All of a key that is needed: whatever else a client writes there stays where it was.
MEMBERS: Final = frozenset(("kty", "crv", "x", "y", "n", "e", "use", "alg", "kid", "key_ops"))
LONGEST_KID: Final = 256
# What is signed, and no claims by themselves (RFC 7519 §5.2).
NESTED: Final = "JWT"


@dataclass(frozen=True, slots=True)
class Cipher:
    """How something is encrypted."""

    algorithm: str
    encryption: str


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """A key that may be encrypted to, with these algorithms."""

    kid: str | None
    algorithms: tuple[str, ...]
    key: PublicKey


def read_recipients(document: object) -> tuple[Recipient, ...]:
    """The usable keys of a JWK Set that are said to be for encryption (RFC 7517 §4.2)."""
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        return ()
    found = [_read(jwk) for jwk in listed[:MOST_KEYS]]
    return tuple(one for one in found if one is not None and _takes(one))


def _read(jwk: object) -> Recipient | None:
    # What signs never decrypts: a key of no stated use is one that signs.
    if not isinstance(jwk, Mapping) or jwk.get("use") != "enc" or not PRIVATE.isdisjoint(jwk):
        return None
    family = FAMILIES.get((str(jwk.get("kty")), jwk.get("crv") and str(jwk["crv"])))
    kid = jwk.get("kid")
    if family is None or not isinstance(kid, str | None) or len(kid or "") > LONGEST_KID:
        return None
    algorithms, kind = family
    if "alg" in jwk:
        algorithms = tuple(one for one in algorithms if one == jwk["alg"])
    if not algorithms or (kind is RSAKey and len(str(jwk.get("n", ""))) < SHORTEST_MODULUS):
        return None
    try:
        key = kind.import_key({name: jwk[name] for name in MEMBERS & jwk.keys()})
        return Recipient(kid, algorithms, key) if is_strong(key) else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _takes(recipient: Recipient) -> bool:
    """OA-080: neither a point of small order nor a key that says it is for something else."""
    try:
        for algorithm in recipient.algorithms:
            encrypt(recipient, Cipher(algorithm, CIPHERS[0]), "")
    except (JoseError, ValueError):
        return False
    return True


def pick(keys: tuple[Recipient, ...], cipher: Cipher) -> Recipient | None:
    """The first that fits: a client puts its newest there."""
    return next((one for one in keys if cipher.algorithm in one.algorithms), None)


def encrypt(recipient: Recipient, cipher: Cipher, token: str) -> str:
    """A signed token that this recipient alone reads (RFC 7516)."""
    header: dict[str, Any] = {
        "alg": cipher.algorithm,
        "enc": cipher.encryption,
        "cty": NESTED,
    }
    if recipient.kid is not None:
        header["kid"] = recipient.kid
    return jwe.encrypt_compact(
        header, token, recipient.key, algorithms=[cipher.algorithm, cipher.encryption]
    )


def kept(recipient: Recipient, cipher: Cipher) -> dict[str, Any]:
    """To encrypt to it later, wherever that is: its public key, as JSON."""
    public = recipient.key.as_dict(private=False)
    return {"alg": cipher.algorithm, "enc": cipher.encryption, "key": public}


def encrypt_to(to: Mapping[str, Any], token: str) -> str:
    """To one that was kept."""
    cipher = Cipher(to["alg"], to["enc"])
    found = _read(to["key"])
    if found is None:
        raise ValueError("it was a key when it was kept")
    return encrypt(found, cipher, token)
