# SPDX-License-Identifier: Apache-2.0
"""The part of an application's form about tokens that are of no use to a thief."""

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Field, Section

BINDING = Section(
    _("How its tokens are protected"),
    _("A token that is bound to a key or to a certificate is of no use to whoever copies it."),
    (
        Field(
            "oidc.dpop_bound_access_tokens", _("Always bound to a key of its own (DPoP)"), "flag"
        ),
        Field(
            "oidc.dpop_nonce_required",
            _("Each proof of this key carries a value that this server gave (nonce)"),
            "flag",
        ),
        Field(
            "oidc.tls_client_certificate_bound_access_tokens",
            _("Always bound to the certificate of its connection"),
            "flag",
        ),
    ),
)
