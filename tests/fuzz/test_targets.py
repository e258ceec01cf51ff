# SPDX-License-Identifier: Apache-2.0
"""Every target of this folder, for a short while."""

import os
import subprocess
import sys
import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
TARGETS = sorted(
    each.stem
    for each in Path(__file__).parent.glob("*.py")
    if not each.stem.startswith(("_", "test_"))
)


@cache
def seeds(name):
    return import_module(f"tests.fuzz.{name}").seeds()


@st.composite
def bent(draw, inputs):
    """One of the inputs, with some places overwritten, taken out or filled."""
    data = bytearray(draw(st.sampled_from(inputs)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_breaks_it(name):
    module = import_module(f"tests.fuzz.{name}")

    @settings(max_examples=300)
    @given(st.one_of(bent(seeds(name)), st.binary(max_size=200)))
    def feed(data):
        # A warning of a library is no fault of ours; here it would be an error.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module.target(data)

    feed()


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no build for this Python")
def test_nothing_breaks_it_where_its_code_leads(name, tmp_path):
    """Guided by what code is reached: it finds the way into parts that chance does not."""
    words = [sys.executable, "-m", "tests.fuzz", name]
    done = subprocess.run(
        [*words, "-runs=5000", "-max_total_time=4", "-seed=4", f"-artifact_prefix={tmp_path}/"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-4000:]
