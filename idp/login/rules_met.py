# SPDX-License-Identifier: Apache-2.0
"""Which rules a password meets while it is being typed: the server's own judgement, told early.

Neither kept nor counted, and the history stays out of it: nobody learns here whether a guess is
the password of today or of last year (CR-036).
"""

import threading
from dataclasses import dataclass

from idp.accounts.values import Person
from idp.credentials.policy import RuleResult
from idp.errors import Overloaded
from idp.login.renewal import Renewal

# Estimating is work; logins go first.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Met:
    """Each rule with its result, and how hard it is to guess, where the policy asks for that."""

    results: tuple[RuleResult, ...]
    # From 0 to 4, as zxcvbn counts.
    strength: int | None


class RulesMet:
    """Looks at what is typed; a few at a time, and whoever comes beyond asks again."""

    def __init__(self, renewal: Renewal) -> None:
        self._renewal = renewal
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def look(self, person: Person, candidate: str) -> Met:
        """The same rules in the same order as when the form comes back."""
        if not self._places.acquire(blocking=False):
            raise Overloaded("rules of passwords")
        try:
            judged = self._renewal.judge_first(person, candidate)
        finally:
            self._places.release()
        reached = (one.reached for one in judged.results if one.key == "strength")
        return Met(judged.results, next(reached, None))
