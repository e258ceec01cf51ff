# SPDX-License-Identifier: Apache-2.0
"""What an authorization request may be answered with, and how that reaches the application.

The code alone, for all. What hands tokens to the browser (implicit, hybrid) is for applications
that are registered so: RFC 9700 §2.1.2 advises against it (OA-006).
"""

from dataclasses import dataclass
from itertools import permutations
from typing import Final

from idp.applications.faults import Unfit, What
from idp.http.parameters import Parameters
from idp.oidc.reading import Reading

CODE: Final = "code"
# OAuth 2.0 Multiple Response Types, but for those without any proof of whom they are for.
FRONT: Final = ("id_token", "id_token token", "code id_token", "code token", "code id_token token")
TYPES: Final = (CODE, *FRONT)
IN_ORDER: Final = {" ".join(way): one for one in TYPES for way in permutations(one.split(" "))}
SIGNED: Final = ".jwt"
PLAIN_MODES: Final = ("query", "fragment", "form_post")
# JARM §2.3.
MODES: Final = (*PLAIN_MODES, *(one + SIGNED for one in PLAIN_MODES), "jwt")
SETTINGS: Final = frozenset(("response_types", "authorization_signed_response_alg"))


class Unanswerable(What):
    """What may be wrong with these settings."""

    NEEDS_GRANT = "{value!r} needs the grant {known}"


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """What an application is answered with."""

    types: tuple[str, ...] = (CODE,)
    # Of a signed answer (JARM); nothing: as its ID tokens.
    algorithm: str = ""

    @property
    def in_front(self) -> bool:
        """Whether tokens may go through the browser."""
        return any(map(CODE.__ne__, self.types))


CODE_ALONE: Final = AnswerRules()


def read_rules(
    reading: Reading, grants: tuple[str, ...], algorithms: tuple[str, ...]
) -> AnswerRules:
    """The settings; OIDC Registration §2 says which grants each type needs."""
    types = tuple(map(in_order, reading.texts("response_types")))
    # Applications in their own name alone are answered with nothing here.
    logins = {"authorization_code", "implicit"} & set(grants)
    for one in types or (CODE,) if logins else types:
        if one not in TYPES:
            reading.note("response_types", Unfit.NOT_KNOWN, value=one)
            continue
        for needed in _grants_of(one):
            if needed not in grants:
                reading.note("response_types", Unanswerable.NEEDS_GRANT, value=one, known=needed)
    return AnswerRules(
        types or (CODE,), reading.one_of("authorization_signed_response_alg", ("", *algorithms))
    )


def in_order(asked: str) -> str:
    """Its words in our order: theirs means nothing."""
    return IN_ORDER.get(asked, asked)


def _grants_of(kind: str) -> tuple[str, ...]:
    words = kind.split(" ")
    needed = ("authorization_code",) if CODE in words else ()
    return needed if words == [CODE] else (*needed, "implicit")


def asks_in_front(parameters: Parameters) -> bool:
    """Whether tokens are asked from this very endpoint."""
    words = parameters.get("response_type").split(" ")
    return "token" in words or "id_token" in words


def mode_of(rules: AnswerRules, parameters: Parameters) -> str:
    """How it is answered: as asked, or as it is done for what is asked; errors likewise."""
    in_front = rules.in_front and asks_in_front(parameters)
    usual = "fragment" if in_front else "query"
    asked = parameters.get("response_mode")
    if asked == "jwt":
        return usual + SIGNED
    # A token never goes where servers log it, and one who asks for that is told where it may.
    if asked not in MODES or (in_front and asked.startswith("query")):
        return usual
    return asked
