# SPDX-License-Identifier: Apache-2.0
"""What went wrong, for programs: RFC 9457, and for a login RFC 6750 and RFC 9470."""

import json
from collections.abc import Mapping
from typing import Any, Final

from werkzeug.wrappers import Response

from imaging_app.access.decide import Demand, Reason, Refused
from imaging_app.access.motives import TO_CHOOSE
from imaging_app.limits.turns import Busy
from relying_parties.kit.levels import acr_of

KIND: Final = "application/problem+json"
NAMES: Final = "urn:sceau:imaging:"
NOT_THERE: Final = "It is not there, or not open to you."
TITLES: Final[Mapping[str, tuple[int, str]]] = {
    "not_yours": (404, NOT_THERE),
    "motive": (403, "Say why: today no motive was given for this patient."),
    "embargo": (403, "The patient was not told of this exam yet."),
    "download": (403, "It may be looked at, and not be taken away."),
    "too_many": (429, "Too many tries."),
    "state": (409, "It was changed meanwhile."),
}


class Problem(Exception):
    """Ends a request; raised at this edge alone."""

    def __init__(
        self, status: int, name: str, title: str, headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(name)
        self.status, self.name, self.title = status, name, title
        self.headers, self.more = dict(headers or {}), more

    def answer(self) -> Response:
        """As it is sent."""
        told = {"type": NAMES + self.name, "title": self.title, "status": self.status, **self.more}
        response = Response(json.dumps(told), self.status, content_type=KIND)
        response.headers.update(self.headers)
        return response


def not_there() -> Problem:
    """The same for what does not exist and for what is somebody else's."""
    return Problem(404, "not_yours", NOT_THERE)


def wrong(name: str, title: str) -> Problem:
    """A request that can't be understood."""
    return Problem(400, name, title)


def no_token(error: str = "") -> Problem:
    """RFC 6750 §3: no error code where no token was presented."""
    told = 'Bearer realm="imaging"' + (f', error="{error}"' if error else "")
    return Problem(401, "token", "An access token is needed.", {"WWW-Authenticate": told})


def too_many_tokens(wait: int) -> Problem:
    """Others of the same address were worth nothing: this one is asked about later."""
    title = "Too many tokens of this address are worth nothing."
    return Problem(429, "tokens", title, {"Retry-After": str(wait)})


def refused(answer: Refused) -> Problem:
    """What the doors say, in the words of a program."""
    if answer.reason is Reason.SESSION:
        return no_token("invalid_token")
    if answer.reason is Reason.LEVEL:
        return _step_up(answer.demand or Demand(0))
    told = answer.reason.told
    status, title = TITLES.get(told, (403, "It may not be done."))
    if answer.reason is Reason.MOTIVE:
        return Problem(status, told, title, motives=[one.value for one in TO_CHOOSE])
    return Problem(status, told, title)


def busy(why: Busy) -> Problem:
    """As much goes out already as may: of theirs, or of everybody's."""
    own = why is Busy.OWN
    title = "Others of yours are on their way." if own else "Many are on their way."
    return Problem(429 if own else 503, "busy", title, {"Retry-After": "10"})


def _step_up(demand: Demand) -> Problem:
    """RFC 9470 §3: which login would do."""
    told = 'Bearer realm="imaging", error="insufficient_user_authentication"'
    told += f', acr_values="{acr_of(demand.level)}"'
    more: dict[str, Any] = {"acr_values": acr_of(demand.level)}
    if demand.age is not None:
        told += f", max_age={demand.age}"
        more["max_age"] = demand.age
    title = "A stronger or more recent login is needed."
    return Problem(401, "level", title, {"WWW-Authenticate": told}, **more)
