# SPDX-License-Identifier: Apache-2.0
"""By which ways an application's requests come: their fields in its form."""

from typing import Final

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Field, Section

REQUESTS: Final = Section(
    _("How its requests come"),
    _("Whoever can, pushes them: nobody on the way reads or changes them."),
    (
        Field(
            "oidc.require_pushed_authorization_requests",
            _("Only requests that it pushed beforehand (PAR)"),
            "flag",
        ),
        Field(
            "oidc.require_signed_request_object",
            _("Only requests that it signed (JAR)"),
            "flag",
            _("With its own keys, given above."),
        ),
        Field(
            "oidc.request_object_signing_alg",
            _("How it signs them"),
            "choice",
            options=(
                ("", _("As its keys allow")),
                ("ES256", "ES256"),
                ("PS256", "PS256"),
                ("EdDSA", "EdDSA"),
                ("RS256", _("RS256 (old)")),
                ("none", _("Not at all (certification): only where they lie below")),
            ),
        ),
        Field("oidc.request_uris", _("Addresses where signed requests lie"), "lines"),
        Field(
            "oidc.old_signatures",
            _("RS256 is taken wherever it signs, and so are requests that are not signed"),
            "flag",
            _("For certification: leave it to an application that can do nothing else."),
        ),
        Field(
            "oidc.authorization_details_types",
            _("Kinds of fine-grained access that it may ask for"),
            "lines",
            _("One a line. People read them when they are asked to agree."),
        ),
    ),
    seldom=True,
)
