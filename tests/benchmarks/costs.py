# SPDX-License-Identifier: Apache-2.0
"""What a signature and a password hash cost alone: no request of these kinds can cost less."""

import time
from collections.abc import Callable
from statistics import median

from argon2 import PasswordHasher
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from idp.config import Settings
from tests.benchmarks.population import PASSWORD

MESSAGE = bytes(300)
HASH = "Password hash (Argon2id)"


def costs(settings: Settings, seconds: float = 0.4) -> dict[str, float]:
    """Microseconds of CPU a call, by name."""
    sha256 = hashes.SHA256()
    curve = ec.generate_private_key(ec.SECP256R1())
    ecdsa = ec.ECDSA(sha256)
    long = rsa.generate_private_key(65537, 2048)
    padded = padding.PKCS1v15()
    password = settings.password
    argon2 = PasswordHasher(
        time_cost=password.time_cost,
        memory_cost=password.memory_kib,
        parallelism=password.parallelism,
    )
    stored = argon2.hash(PASSWORD)
    return {
        "ES256 signature": cost(lambda: curve.sign(MESSAGE, ecdsa), seconds),
        "RS256 signature": cost(lambda: long.sign(MESSAGE, padded, sha256), seconds),
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
