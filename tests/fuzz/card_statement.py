# SPDX-License-Identifier: Apache-2.0
"""AG-003, AG-010: statements, answers and heartbeats are read as written, or not at all."""

from connectors.cps_card.statement import (
    Heartbeat,
    Signed,
    Statement,
    read_answer,
    read_heartbeat,
    read_statement,
    verify_heartbeat,
    write_answer,
    write_heartbeat,
    write_statement,
)
from connectors.strict_json import to_text

KEY = to_text(bytes(range(32)))


def seeds() -> list[bytes]:
    statement = Statement(
        "https://sceau.example",
        "https://sceau.example",
        "Sceau, Région Centre",
        "n" * 22,
        "j-1",
        1_800_000_000,
        "login",
    )
    return [
        write_statement(statement).encode(),
        write_answer(Signed(bytes(300), "PS256", KEY, bytes(256))).encode(),
        write_heartbeat(Heartbeat(KEY, 1, "present", bytes(64))).encode(),
    ]


def target(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    statement = read_statement(text)
    if statement is not None:
        # Its one spelling says the same; nothing was left out and nothing bent.
        assert read_statement(write_statement(statement)) == statement
    signed = read_answer(text)
    if signed is not None:
        assert read_answer(write_answer(signed)) == signed
    beat = read_heartbeat(text)
    if beat is not None:
        assert read_heartbeat(write_heartbeat(beat)) == beat
        assert not verify_heartbeat("https://another.example", beat)
    assert sum(each is not None for each in (statement, signed, beat)) <= 1
