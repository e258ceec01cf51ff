# SPDX-License-Identifier: Apache-2.0
"""Why a picture that an administrator sent was not taken."""

from flask_babel import gettext as _

from idp.applications import logos


def logo_words(fault: str) -> str:
    """In words; nothing for no such fault."""
    words = {
        "missing": _("Choose a picture first."),
        "too-large": _("The picture is larger than %(size)s KiB.", size=logos.LARGEST // 1024),
        "drawing": _("SVG drawings are not taken here: they may carry programs. Send a PNG."),
        "too-many-pixels": _("The picture has too many pixels."),
        "unreadable": _("This is no PNG, JPEG, WebP or GIF picture."),
    }
    return str(words.get(fault, ""))
