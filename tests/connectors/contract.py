# SPDX-License-Identifier: Apache-2.0
"""What every means promises, whatever it is. `test_contract` holds each registered one to it."""

import json
from typing import Any

from connectors.base import (
    Answer,
    Ask,
    Attempt,
    Connector,
    Evidence,
    Level,
    Redirect,
    Refused,
    Verified,
    Wait,
)
from idp import paths

# RFC 8176 §2 and the IANA registry "Authentication Method Reference Values".
METHODS = {
    "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba",
    "retina", "sc", "sms", "swk", "tel", "user", "vbm", "wia",
}  # fmt: skip

SMALL = "x"
HUGE = 64 * 1024
GARBAGE = (
    "",
    " ",
    "\x00",
    "\x00" * HUGE,
    "x" * HUGE,
    "é" * HUGE,
    "\N{COMBINING ACUTE ACCENT}" * HUGE,
    "﷽" * 256,
    "\ud800",
    "\udfff" * 300,
    "' OR 1=1 --",
    "{{7*7}}",
    "../../etc/passwd",
    "%00%0d%0aSet-Cookie: a=b",
    '{"a":' * 2000,
    "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    "-1",
    "9" * 400,
    "NaN",
)
FIELDS = (
    "identifier", "password", "code", "pin", "card", "challenge", "response", "credential", "id",
    "state", "error", "SAMLResponse", "token", "assertion", "signature", "resend", "channel",
)  # fmt: skip


def attempts() -> list[Attempt]:
    """First steps and second factors, fresh and with a state nobody put aside."""
    return [
        Attempt("a-journey", None, "https://sceau.example/login/a-journey"),
        Attempt("a-journey", "nobody", "https://sceau.example/login/a-journey"),
        Attempt("a-journey", None, "", {"strange": [1, None], "until": "yesterday"}),
    ]


def garbage() -> list[Evidence]:
    """What never proves anything."""
    found = [Evidence()]
    for value in GARBAGE:
        form = dict.fromkeys(FIELDS, value)
        found += [
            Evidence(form=form),
            Evidence(query=form),
            Evidence(form=form, query=form, client_certificate=value),
            Evidence(form={value: value}),
        ]
    return found


def has_a_name_methods_and_a_level(connector: Connector) -> None:
    """Known to the registry, to relying parties, and to the policies."""
    assert connector.kind.isidentifier()
    assert connector.methods
    assert set(connector.methods) <= METHODS
    assert isinstance(connector.level, Level)


def begins_without_proof(connector: Connector) -> None:
    """The first step shows, sends or refuses; a `Verified` may only come from `resume`."""
    for attempt in attempts():
        answer = connector.begin(attempt)
        assert isinstance(answer, Ask | Redirect | Wait | Refused)
        _keeps_its_state(answer)


def refuses_garbage(connector: Connector) -> None:
    """Refused, never a breakdown and never a proof."""
    for attempt in attempts():
        for evidence in garbage():
            claimed = connector.claimed(attempt, evidence)
            assert claimed is None or isinstance(claimed, str)
            answer = connector.resume(attempt, evidence)
            # A means of elsewhere may send anybody there: it is no proof.
            sent = isinstance(answer, Redirect) and not evidence.query
            assert sent or isinstance(answer, Refused), (attempt, evidence.form)


def names_nobody_but_the_person_known(connector: Connector) -> None:
    """A second factor is the person's who is there, whatever the form says."""
    attempt = Attempt("a-journey", "claire", "")
    for evidence in garbage():
        assert connector.claimed(attempt, evidence) in {None, "claire"}


def has_its_page(connector: Connector) -> None:
    """What `Ask` fills is there, for this kind."""
    folder = paths.templates() / "connectors" / connector.kind
    assert (folder / "ask.html").is_file()


def shows_no_secret(connector: Connector, secret: str) -> None:
    """Evidence and connectors end up in tracebacks and logs."""
    evidence = Evidence(
        form={"password": secret, "code": secret},
        query={"state": secret},
        client_certificate=secret,
    )
    attempt = attempts()[0]
    answer = connector.resume(attempt, evidence)
    for thing in (evidence, connector, answer, connector.begin(attempt)):
        assert secret not in repr(thing)
        assert secret not in str(thing)


def _keeps_its_state(answer: Answer) -> None:
    state: Any = getattr(answer, "state", {})
    assert json.loads(json.dumps(state)) == state


def is_proof(answer: Answer) -> bool:
    """Whether a means said yes."""
    return isinstance(answer, Verified)
