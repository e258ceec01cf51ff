# SPDX-License-Identifier: Apache-2.0
"""A file has one reason to be opened; a function fits a screen."""

from tests.architecture.house import all_python_files, functions, here, parse

LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def test_no_file_is_longer_than_400_lines():
    long = {
        here(path): lines
        for path in all_python_files()
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long


def test_no_function_is_longer_than_60_lines():
    long = {
        f"{here(path, node.lineno)} {node.name}": length
        for path in all_python_files()
        for node in functions(parse(path))
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert not long
