# SPDX-License-Identifier: Apache-2.0
"""Where PKCS#11 libraries of CPS middlewares are known to lie; for other cards, OpenSC's."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

# The card vendor's own come first, then the older ones (GALSS), then OpenSC.
KNOWN = {
    "linux": (
        "/usr/local/galss/libcps3_pkcs11_lux.so",
        "/usr/lib/libcps3_pkcs11_lux.so",
        "/usr/lib64/libcps3_pkcs11_lux.so",
        "/usr/lib/libcps3_pkcs11.so",
        "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
        "/usr/lib/x86_64-linux-gnu/pkcs11/opensc-pkcs11.so",
        "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
        "/usr/lib64/pkcs11/opensc-pkcs11.so",
        "/usr/lib64/opensc-pkcs11.so",
    ),
    "darwin": (
        "/usr/local/lib/libcps3_pkcs11_osx.dylib",
        "/Library/OpenSC/lib/opensc-pkcs11.so",
        "/opt/homebrew/lib/opensc-pkcs11.so",
    ),
    "win32": (
        "{system}/cps3_pkcs11_w64.dll",
        "{system}/cps3_pkcs11_w32.dll",
        "{system}/cps_pkcs11_pcsc_w32.dll",
        "{system}/cps_pkcs11_w32.dll",
        "{programs}/OpenSC Project/OpenSC/pkcs11/opensc-pkcs11.dll",
    ),
}


def known_places(platform: str = sys.platform) -> list[Path]:
    """All of them for this system."""
    folders = {
        "system": os.path.join(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32"),  # noqa: PTH118 - another system's
        "programs": os.environ.get("PROGRAMFILES", "C:/Program Files"),
    }
    return [Path(place.format(**folders)) for place in KNOWN.get(platform, ())]


def find_module(places: list[Path], is_there: Callable[[Path], bool] = Path.is_file) -> Path | None:
    """The first that is there."""
    return next((place for place in places if is_there(place)), None)
