# SPDX-License-Identifier: Apache-2.0
"""python -m tests.fuzz TARGET [options of libFuzzer, folders or files of inputs]"""

import sys
import tempfile
import warnings
from importlib import import_module
from pathlib import Path

import atheris


def main() -> None:
    name, *options = sys.argv[1:]
    # Only our own code tells where it was: libraries are fuzzed by their makers.
    with atheris.instrument_imports(include=["connectors", "idp"], enable_loader_override=False):
        module = import_module(f"tests.fuzz.{name}")
    # A warning of a library is its business, and must not hide what follows it.
    warnings.simplefilter("ignore")
    if any(not option.startswith("-") for option in options):
        run(module.target, options)
    else:
        with tempfile.TemporaryDirectory() as folder:
            for number, seed in enumerate(module.seeds()):
                Path(folder, str(number)).write_bytes(seed)
            run(module.target, [*options, folder])


def run(target, options) -> None:
    atheris.Setup([sys.argv[0], *options], target)
    atheris.Fuzz()


main()
