# SPDX-License-Identifier: Apache-2.0
"""What a provider tells of the launch that opened the application: whose file, and who asked.

It comes beside the tokens, from the provider's own address, once. Whatever is not as documented is
left out: an application that finds no file shows none.
"""

from typing import Any, Final

from relying_parties.kit.strict_json import Claims

MEMBER: Final = "launch_context"
LONGEST: Final = 256
PATIENT: Final = ("file", "birth_date", "family_name", "given_name")
SOURCE: Final = {"name": "software", "establishment": "establishment"}


def read_launched(answer: Claims) -> dict[str, str]:
    """The file's number and birth date, names, the software and its establishment, as texts."""
    context = _object(answer.get(MEMBER))
    patient, source = _object(context.get("patient")), _object(context.get("source"))
    found = {name: patient[name] for name in PATIENT if _is_text(patient.get(name))}
    if not {"file", "birth_date"} <= found.keys():
        # One without the other opens nobody's file.
        found = {}
    told = {ours: source.get(name) for name, ours in SOURCE.items()}
    return found | {name: one if _is_text(one) else "" for name, one in told.items() if context}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()
