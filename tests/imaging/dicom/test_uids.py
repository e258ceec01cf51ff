# SPDX-License-Identifier: Apache-2.0
import pytest

from imaging_app.dicom.uids import is_uid


@pytest.mark.parametrize("text", ["1.2", "0.0", "2.25.329800735698586629295641978511506172918"])
def test_what_is_one(text):
    assert is_uid(text)


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.", ".1", "1..2", "..", "../1", "1.02", "01.2", "1.2/3", "1.2\n", "1.2 ", "1.٣"],
)
def test_what_is_none(text):
    assert not is_uid(text)


def test_how_long_one_may_be():
    assert is_uid("1." + "2" * 62)
    assert not is_uid("1." + "2" * 63)
