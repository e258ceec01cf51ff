# SPDX-License-Identifier: Apache-2.0
"""What an application may ask tokens by: its fields in its form."""

from typing import Final

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Field

GRANTS: Final = Field(
    "oidc.grant_types",
    _("What it may ask for"),
    "ticks",
    options=(
        ("authorization_code", _("Logins (authorization_code)")),
        ("refresh_token", _("Access that lasts (refresh_token)")),
        ("client_credentials", _("Access in its own name (client_credentials)")),
        ("implicit", _("Tokens through the browser (implicit)")),
        (
            "urn:ietf:params:oauth:grant-type:device_code",
            _("Logins of devices without a browser (device_code)"),
        ),
    ),
)
