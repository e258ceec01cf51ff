# SPDX-License-Identifier: Apache-2.0
"""The part of an application's form about signals."""

from typing import Final

from flask_babel import lazy_gettext as _

from idp.signals.hearing import SETTING
from idp.web.admin.application_shapes import Field, Section

SIGNALS: Final = Section(
    _("Signals"),
    _("What happens to people who use it: a session ended, a means changed."),
    (
        Field(
            f"oidc.{SETTING}",
            _("May ask to be told of it (Shared Signals)"),
            "flag",
            _("It opens its stream itself, in its own name (client_credentials)."),
        ),
    ),
    seldom=True,
)
