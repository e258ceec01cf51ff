# SPDX-License-Identifier: Apache-2.0
"""Temporary passwords: made by the server, easy to read out and to type from paper."""

from idp.clock import Entropy
from idp.credentials.policy import Policy

# None that is taken for another one.
LETTERS = "abcdefghjkmnpqrstuvwxyz"
FIGURES = "23456789"
# Four groups hold 66 bits, far more than the counters of tries let anybody guess.
FEWEST_GROUPS = 4


def make_temporary(entropy: Entropy, policy: Policy) -> str:
    """Groups such as `Kmp7-Xhd2-Qwr9-Tfb4`, as many as the policy's rules need (ASVS 6.4.1)."""
    most = max(policy.digits, policy.upper, policy.other + 1, policy.lower // 2 + 1)
    groups = max(FEWEST_GROUPS, most, policy.length // 5 + 1)
    return "-".join(_group(entropy) for _ in range(groups))


def _group(entropy: Entropy) -> str:
    letters = "".join(_pick(entropy, LETTERS) for _ in range(3))
    return letters.capitalize() + _pick(entropy, FIGURES)


def _pick(entropy: Entropy, alphabet: str) -> str:
    """One of them, each as likely: what lies beyond the last whole round is drawn anew."""
    fair = 256 - 256 % len(alphabet)
    while True:
        number = entropy.bytes(1)[0]
        if number < fair:
            return alphabet[number % len(alphabet)]
