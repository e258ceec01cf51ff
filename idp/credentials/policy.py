# SPDX-License-Identifier: Apache-2.0
"""What a new password must be. Pure rules: a policy and a candidate in, a result for each rule out.

Pages show the rules as they are met, and mirror the first ones while typing; this decides.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from idp.accounts.values import Person
from idp.credentials.guessable import is_guessed_first, own_words, says_own_word
from idp.credentials.hashing import normalise
from idp.credentials.strength import estimate

DAY = 86_400
# ASVS 6.2.9, CR-033: 64 characters at least must be accepted; a thousand is a poem.
LONGEST = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one population. Zero, or False, asks for nothing."""

    length: int
    longest: int = LONGEST
    # At least so many of each kind.
    digits: int = 0
    lower: int = 0
    upper: int = 0
    other: int = 0
    # So many passwords in a row are different ones, the new one and the present one included.
    history: int = 0
    # Days after which it must be replaced.
    valid_days: int = 0
    # Seconds before the person may start another change, so that the history can't be cycled.
    minimum_age: int = 0
    # zxcvbn's score, of 4.
    strength: int = 0
    # Whether the operator's list of known passwords is asked.
    breaches: bool = False
    # Whether words that everybody guesses first are refused.
    common: bool = True
    # Whether the person's own names and the site's are refused.
    own_words: bool = True

    @property
    def remembers(self) -> int:
        """How many passwords are remembered beside the present one, at most."""
        return max(self.history - 1, 0)


PROFILES: Mapping[str, Policy] = MappingProxyType(
    {
        # For new instances: the rotation and history of professionals, and longer, since here the
        # password stands alone (NIST SP 800-63B-4 §3.1.1.2: 15 characters where it does).
        "long-rotation": Policy(length=15, history=3, valid_days=122, minimum_age=DAY, strength=2),
        # Four months; a password comes back after two others at the soonest.
        "rotation": Policy(length=12, history=3, valid_days=122, minimum_age=DAY, strength=2),
        # The floor that the imaging portal's users know.
        "portal": Policy(length=6, digits=1, lower=1, upper=1),
        # NIST SP 800-63B-4 §3.1.1.2: long, looked up among known ones, and left alone.
        "modern": Policy(length=15, strength=3, breaches=True),
    }
)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule: its key, whether it is met (None: not looked at), and the figure it asks for."""

    key: str
    met: bool | None
    needed: int
    # The figure found, where it says more than that: the strength.
    reached: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules need to know beside the candidate."""

    # Names of the site, which everybody tries.
    site: tuple[str, ...] = ()
    # Whether the operator's list holds it; None where the list can't be read.
    breached: bool | None = False
    longest_bytes: int = 4096


@dataclass(frozen=True, slots=True)
class Judgement:
    """Every rule with its result."""

    results: tuple[RuleResult, ...]
    # A rule could not be looked at: refused, and worth another try later (CR-035).
    try_later: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the candidate may become the password."""
        return all(one.met is True for one in self.results)

    @property
    def broken(self) -> tuple[str, ...]:
        """The keys of the rules that are not met."""
        return tuple(one.key for one in self.results if one.met is False)


def requirements(policy: Policy) -> tuple[RuleResult, ...]:
    """The rules before anything is typed."""
    asked = tuple(RuleResult(key, None, needed) for key, needed in _rules(policy))
    return (*asked, RuleResult("history", None, policy.history))


def _rules(policy: Policy) -> Iterator[tuple[str, int]]:
    """The rules that the policy asks for, in the order in which they are shown."""
    yield "length", policy.length
    kinds = {
        "digit": policy.digits,
        "lower": policy.lower,
        "upper": policy.upper,
        "other": policy.other,
        "strength": policy.strength,
    }
    yield from ((key, needed) for key, needed in kinds.items() if needed)
    if policy.own_words:
        yield "own-words", 0
    if policy.common or policy.breaches:
        yield "known", 0


def judge(
    policy: Policy, candidate: str, person: Person, context: Context
) -> tuple[RuleResult, ...]:
    """Every rule with its result, but the history, which needs the account's own hashes.

    Those that would make the others meaningless stand alone.
    """
    if not is_text(candidate):
        return (RuleResult("text", met=False, needed=0),)
    text = normalise(candidate)
    # CR-033: before anything that takes time. Looked at as typed: what is composed is shorter.
    if len(text) > policy.longest or len(candidate.encode()) > context.longest_bytes:
        return (RuleResult("longest", met=False, needed=policy.longest),)
    kinds = count_kinds(text)
    words = own_words(person, context.site)
    cheap: dict[str, bool | None] = {
        # NIST SP 800-63B-4 §3.1.1.2: each code point counts as one character (CR-034).
        "length": len(text) >= policy.length,
        "digit": kinds["digit"] >= policy.digits,
        "lower": kinds["lower"] >= policy.lower,
        "upper": kinds["upper"] >= policy.upper,
        "other": kinds["other"] >= policy.other,
        "own-words": not says_own_word(text, words),
        "known": _is_unknown(policy, text, context),
    }
    score = estimate(text, words) if policy.strength else None
    met = cheap | {"strength": score is not None and score >= policy.strength}
    reached = {"strength": score}
    return tuple(
        RuleResult(key, met[key], needed, reached.get(key)) for key, needed in _rules(policy)
    )


def _is_unknown(policy: Policy, text: str, context: Context) -> bool | None:
    if policy.common and is_guessed_first(text):
        return False
    if not policy.breaches:
        return True
    return None if context.breached is None else not context.breached


def is_text(candidate: str) -> bool:
    """Whether it holds whole characters only, as every form of a browser does."""
    return not any("\ud800" <= one <= "\udfff" for one in candidate)


def count_kinds(text: str) -> Counter[str]:
    """How many characters of each kind; a letter without case is of none of them."""
    return Counter(kind_of(one) for one in text)


def kind_of(character: str) -> str:
    """What a character counts as; pages mirror this with the same Unicode properties."""
    category = unicodedata.category(character)
    known = {"Nd": "digit", "Ll": "lower", "Lu": "upper"}
    return known.get(category) or ("letter" if category.startswith("L") else "other")
