# SPDX-License-Identifier: Apache-2.0
"""What a signature and a password hash cost alone: no request of these kinds can cost less."""

import os
import time
from collections.abc import Callable
from statistics import median

from argon2 import PasswordHasher
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1

from idp.config import Settings
from tests.benchmarks.population import PASSWORD

MESSAGE = bytes(300)
ASSERTION = bytes(6000)
HASH = "Password hash (Argon2id)"
ES = "ES256 signature"
ES_READ = "ES256 check of a signature"
RSA = "RS256 signature, 2048 bits"
RSA_OURS = "RS256 signature, 3072 bits (our own keys)"
RSA_READ = "RS256 check of a signature, 2048 bits"
SEAL = "AES-256-GCM of an assertion, RSA-OAEP of its key"


def costs(settings: Settings, seconds: float = 0.4) -> dict[str, float]:
    """Microseconds of CPU a call, by name."""
    sha256 = hashes.SHA256()
    curve = ec.generate_private_key(ec.SECP256R1())
    ecdsa = ec.ECDSA(sha256)
    # What most others sign by, and what our own keys are.
    rsa2048, rsa3072 = (rsa.generate_private_key(65537, bits) for bits in (2048, 3072))
    padded = padding.PKCS1v15()
    # As assertions are encrypted for whoever declares nothing.
    public, oaep = rsa2048.public_key(), padding.OAEP(padding.MGF1(SHA1()), SHA1(), None)

    theirs, point = curve.sign(MESSAGE, ecdsa), curve.public_key()
    foreign = rsa2048.sign(MESSAGE, padded, sha256)

    def encrypt() -> None:
        secret, nonce = os.urandom(32), os.urandom(12)
        AESGCM(secret).encrypt(nonce, ASSERTION, None)
        public.encrypt(secret, oaep)

    password = settings.password
    argon2 = PasswordHasher(
        time_cost=password.time_cost,
        memory_cost=password.memory_kib,
        parallelism=password.parallelism,
    )
    stored = argon2.hash(PASSWORD)
    return {
        ES: cost(lambda: curve.sign(MESSAGE, ecdsa), seconds),
        ES_READ: cost(lambda: point.verify(theirs, MESSAGE, ecdsa), seconds),
        RSA: cost(lambda: rsa2048.sign(MESSAGE, padded, sha256), seconds),
        RSA_OURS: cost(lambda: rsa3072.sign(MESSAGE, padded, sha256), seconds),
        RSA_READ: cost(lambda: public.verify(foreign, MESSAGE, padded, sha256), seconds),
        SEAL: cost(encrypt, seconds),
        HASH: cost(lambda: argon2.verify(stored, PASSWORD), seconds * 2),
    }


def cost(work: Callable[[], object], seconds: float, rounds: int = 5) -> float:
    """The median over rounds of the CPU time of one call, in microseconds."""
    began = time.process_time()
    work()
    once = max(time.process_time() - began, 1e-6)
    calls = max(1, int(seconds / rounds / once))
    found = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(calls):
            work()
        found.append((time.process_time() - began) / calls)
    return median(found) * 1e6
