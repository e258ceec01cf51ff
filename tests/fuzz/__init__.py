# SPDX-License-Identifier: Apache-2.0
"""What outsiders can send, sent at random: one module for each thing that reads it.

A module has `target(data: bytes) -> None`, which raises where something is wrong, and `seeds()`,
some inputs to begin with. `test_targets.py` runs all of them for a while. For longer, and with
libFuzzer's own options:

    python -m tests.fuzz card_certificate -max_total_time=3600

What it finds is written to the current folder as `crash-…`; with that file in the place of the
options, it is tried again.
"""
