# SPDX-License-Identifier: Apache-2.0
"""What an application may ask tokens by: its fields in its form."""

from typing import Final

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Field, Section

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
        (
            "urn:ietf:params:oauth:grant-type:token-exchange",
            _("Going on elsewhere for a person (token-exchange)"),
        ),
        (
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            _("Access for a person for whom others vouch (jwt-bearer)"),
        ),
        (
            "urn:openid:params:grant-type:ciba",
            _("Logins of people who are elsewhere (CIBA)"),
        ),
    ),
)
FURTHER: Final = Section(
    _("Going on elsewhere for a person"),
    _(
        "Whoever is shown a person’s access may exchange it for one that opens another "
        "application. It never opens more, and it ends with the person’s login."
    ),
    (
        Field(
            "oidc.exchange_audiences",
            _("Applications that it may go on to"),
            "lines",
            _("One a line, by the names that their access is made for (audience)."),
        ),
        Field(
            "oidc.exchange_impersonates",
            _("In the person’s place: nobody is told who acts"),
            "flag",
            _("Leave this off: whoever looks at what was done then sees who did it."),
        ),
        Field(
            "oidc.bearer_issuers",
            _("Who may vouch for people (JSON)"),
            "json",
            _(
                "A list; of each issuer, jwks or jwks_uri, whether subject is sub or national_id, "
                "and the level (1 to 3) that its word counts for."
            ),
        ),
    ),
    seldom=True,
)
