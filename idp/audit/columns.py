# SPDX-License-Identifier: Apache-2.0
"""The type of the columns that hold proofs."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator


class Digest(TypeDecorator[bytes]):
    """Bytes; what is not bytes (SQLite holds anything anywhere) reads as none."""

    impl = LargeBinary
    cache_ok = True

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Callable[[Any], bytes]:
        """The value as it comes from the driver, if it is bytes."""
        return lambda value: value if isinstance(value, bytes) else b""
