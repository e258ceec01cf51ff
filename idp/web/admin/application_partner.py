# SPDX-License-Identifier: Apache-2.0
"""The form of an application that speaks SAML: what it says of itself, and what it is told."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import CHOOSE, Column, Field, Section

ANSWERED: Final = (
    ("post", _("By the browser (POST)")),
    ("artifact", _("Fetched here (Artifact)")),
)
TOLD_OF_LOGOUT: Final = (
    ("redirect", _("Browser, address (Redirect)")),
    ("post", _("Browser, form (POST)")),
    ("soap", _("Server to server (SOAP)")),
)
FORMATS: Final = (
    ("", _("As usual")),
    ("uri", _("Identifier (URI)")),
    ("basic", _("Plain name (basic)")),
    ("unspecified", _("Not said (unspecified)")),
)
SUBJECTS: Final[Mapping[str, Any]] = {
    "persistent": _("Its own"),
    "transient": _("Another one each time"),
    "email": _("E-mail address, once confirmed"),
    "unspecified": _("The identifier that they log in with"),
}
PEM: Final = _("Whole, with or without its lines BEGIN and END.")
ENTITY = Section(
    _("What it says of itself"),
    _("As its metadata has it."),
    (
        Field("saml.entity_id", _("Name that it bears (entityID)"), required=True),
        Field(
            "saml.acs",
            _("Where people come back to (AssertionConsumerService)"),
            "rows",
            _("An application may name one of them by its number; else the usual one is taken."),
            required=True,
            columns=(
                Column("url", _("Address")),
                Column("binding", _("How answers get there"), "choice", ANSWERED, "post"),
                Column("index", _("Number"), "number"),
                Column("default", _("Usual"), "one"),
            ),
            each=_("Address %(number)s"),
            more=_("Add an address"),
        ),
        Field(
            "saml.slo",
            _("Where it is told of a logout (SingleLogoutService)"),
            "rows",
            _("Without one its sessions go on when people log out elsewhere."),
            columns=(
                Column("url", _("Address")),
                Column("binding", _("How it is told"), "choice", TOLD_OF_LOGOUT, "post"),
                Column("response_url", _("Address of answers, where it is another")),
            ),
            each=_("Address of logout %(number)s"),
            more=_("Add an address of logout"),
        ),
    ),
)
KEYS = Section(
    _("Signatures and encryption"),
    "",
    (
        Field("saml.signed_requests", _("Its requests must be signed"), "flag"),
        Field(
            "saml.signing_certificates",
            _("Certificates that it signs by"),
            "certificates",
            PEM,
            each=_("Certificate %(number)s to sign by"),
            more=_("Add a certificate to sign by"),
        ),
        Field("saml.encrypted_assertions", _("What it is told is encrypted"), "flag"),
        Field(
            "saml.encryption_certificates",
            _("Certificates to encrypt for"),
            "certificates",
            PEM,
            each=_("Certificate %(number)s to encrypt for"),
            more=_("Add a certificate to encrypt for"),
        ),
        Field(
            "saml.encryption_methods",
            _("Algorithms that it decrypts by"),
            "ticks",
            _("None ticked: the strongest that this server has."),
            options=(
                ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "AES-256-GCM"),
                ("http://www.w3.org/2009/xmlenc11#aes192-gcm", "AES-192-GCM"),
                ("http://www.w3.org/2009/xmlenc11#aes128-gcm", "AES-128-GCM"),
                ("http://www.w3.org/2009/xmlenc11#rsa-oaep", "RSA-OAEP"),
                ("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", "RSA-OAEP (MGF1, SHA-1)"),
            ),
        ),
        Field("saml.idp_initiated", _("People may also begin here, without its request"), "flag"),
    ),
)
PARTNER = (ENTITY, KEYS)
TOLD = Section(
    _("What it is told"),
    "",
    (
        Field(
            "saml.subject_format",
            _("Identifier of the person"),
            "choice",
            options=tuple(SUBJECTS.items()),
        ),
        Field("saml.sector", _("Group of applications that share it")),
        Field(
            "saml.attributes",
            _("Details of the person"),
            "rows",
            _("A name that is left empty is the usual one."),
            columns=(
                Column("source", _("What of the person"), "choice", CHOOSE),
                Column("name", _("Name that the application reads")),
                Column("friendly_name", _("Short name")),
                Column("format", _("Format of the name"), "choice", FORMATS),
            ),
            each=_("Detail %(number)s"),
            more=_("Add a detail"),
        ),
    ),
)
NATIONAL = Section(
    _("What national services are told in its name (VIHF)"),
    _("Granted by a super-administrator alone; empty for all others."),
    (
        Field("saml.vihf.lps_name", _("Name of the software")),
        Field("saml.vihf.lps_version", _("Version of the software")),
        Field("saml.vihf.lps_approval", _("Number of its approval")),
        Field("saml.vihf.lps_id", _("Identifier of this installation of it")),
        Field(
            "saml.vihf.version",
            _("Version of the VIHF"),
            "choice",
            options=(("3.0", "3.0"), ("4.0", "4.0")),
        ),
        Field("saml.vihf.resource", _("Resource that it is for"), help="urn:dmp"),
        Field("saml.vihf.in_login", _("Told at each login"), "flag"),
        Field("saml.vihf.on_request", _("Told when the application asks for it"), "flag"),
    ),
    part="saml.vihf",
)
