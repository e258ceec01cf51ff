# SPDX-License-Identifier: Apache-2.0
"""The part of an application's form about certificates, and about tokens that no thief can use."""

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Field, Section

# Exactly one of them, where an authority vouches for its certificate.
NAMES = (
    Field(
        "oidc.tls_client_auth_subject_dn",
        _("Its certificate is for this subject"),
        help=_("One of these five, for a certificate of an authority: CN=…,O=…,C=…"),
    ),
    Field("oidc.tls_client_auth_san_dns", _("or for this host name")),
    Field("oidc.tls_client_auth_san_uri", _("or for this URI")),
    Field("oidc.tls_client_auth_san_ip", _("or for this IP address")),
    Field("oidc.tls_client_auth_san_email", _("or for this e-mail address")),
)
CERTIFICATE = Section(
    _("Its certificate"),
    _("Where it proves itself by one."),
    NAMES,
    seldom=True,
)
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
    seldom=True,
)
