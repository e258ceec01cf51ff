# SPDX-License-Identifier: Apache-2.0
"""Continuous integration runs every test, and none twice."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_what_the_second_half_leaves_out_the_first_has_run():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    left_out = set(re.findall(r"--ignore=(\S+?)[\s\"]", script))
    gates = runpy.run_path(str(ROOT / ".ci" / "check.py"))["GATES"]
    run = {word for gate in gates for word in gate.command if word.startswith("tests/")}
    assert left_out == run
    assert all((ROOT / folder).is_dir() for folder in run)
    # `python -m pytest` is meant: nothing in these folders is passed over.
    words = [word for gate in gates for word in gate.command[3:]]
    assert not {"-k", "-m", "--deselect", "--ignore"} & set(words)
