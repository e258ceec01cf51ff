# SPDX-License-Identifier: Apache-2.0
"""Asking for people who are not at the application's screen: its fields in its form."""

from typing import Final

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Field, Section

ABSENT: Final = Section(
    _("How it asks for people elsewhere"),
    _(
        "Only where it may ask so, above. People are told by a message, and agree or refuse on a "
        "page of their account. Where it takes the e-CPS and the server asks phones for "
        "applications, a message of two digits is asked on the phone at once."
    ),
    (
        Field(
            "oidc.backchannel_token_delivery_mode",
            _("How it learns what they decided"),
            "choice",
            options=(("poll", _("It asks again (poll)")), ("ping", _("It is told (ping)"))),
        ),
        Field(
            "oidc.backchannel_client_notification_endpoint",
            _("Where it is told"),
            help=_("An https address of its own server."),
        ),
        Field(
            "oidc.backchannel_authentication_request_signing_alg",
            _("How it signs what it asks"),
            "choice",
            _("With its own keys, given above. Once chosen, nothing unsigned is taken."),
            options=(
                ("", _("It need not sign")),
                ("ES256", "ES256"),
                ("PS256", "PS256"),
                ("EdDSA", "EdDSA"),
            ),
        ),
        Field(
            "oidc.backchannel_requests_per_person",
            _("How often in ten minutes it may ask for one person"),
            "number",
            _("5 where nothing is said. Each request is a message to somebody: more of them tire."),
        ),
    ),
    seldom=True,
)
