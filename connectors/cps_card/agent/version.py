# SPDX-License-Identifier: Apache-2.0
"""Which program answers. Its protocol has a version of its own."""

from importlib.metadata import PackageNotFoundError, version

try:
    AGENT = version("sceau")
except PackageNotFoundError:  # pragma: no cover - a copy that was never installed
    AGENT = "unknown"
