# SPDX-License-Identifier: Apache-2.0
"""The form of an application: what it asks for, in sections, by protocol."""

from dataclasses import dataclass
from typing import Any, Final

from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Kinds: text, lines, flag, ticks, choice, number, json."""

    name: str
    label: Any
    kind: str = "text"
    help: Any = ""
    options: tuple[tuple[str, Any], ...] = ()
    required: bool = False

    @property
    def place(self) -> tuple[str, ...]:
        """Where it stands in the registration."""
        return tuple(self.name.split("."))


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together."""

    title: Any
    about: Any
    fields: tuple[Field, ...]


LEVELS = (
    ("1", _("1: a password is enough")),
    ("2", _("2: two factors, or a passkey")),
    ("3", _("3: card or calculette")),
)
POPULATIONS = (
    ("professional", _("Professionals")),
    ("patient", _("Patients")),
    ("staff", _("Staff")),
)
IDENTITY = Section(
    _("What people see"),
    "",
    (
        Field("name", _("Short name"), required=True),
        Field("long_name", _("Full name")),
        Field("description", _("In one sentence"), "long"),
        Field("home_url", _("Home page"), help=_("Where the portal’s tile leads.")),
        Field("support_email", _("E-mail address of its support")),
        Field("support_phone", _("Telephone of its support")),
        Field("listed", _("Shown among the tiles of the portal"), "flag"),
    ),
)
ENTRY = Section(
    _("Who may enter, and how"),
    _("Nothing ticked among the means: nobody enters."),
    (
        Field("policy.means", _("Means that it accepts"), "ticks", required=True),
        Field("policy.level", _("Level that it asks for"), "choice", options=LEVELS),
        Field("policy.populations", _("Meant for"), "ticks", options=POPULATIONS),
        Field(
            "policy.communities",
            _("Open to the members of"),
            "ticks",
            _("Any one of them opens it; none ticked: everybody."),
        ),
        Field(
            "policy.directory",
            _("Who wants to use it is found in the directory"),
            "choice",
            options=(("any", _("It does not matter")), ("visible", _("Must be found there"))),
        ),
        Field(
            "policy.activity",
            _("Professionals who practise in several places"),
            "choice",
            _("An activity is a profession in a structure, as the national register has it."),
            options=(
                ("any", _("It does not matter")),
                ("chosen", _("Choose in which activity they come")),
            ),
        ),
        Field("policy.consent", _("Ask people before their details are shared"), "flag"),
        Field(
            "policy.session_max_age",
            _("A login is good for so many seconds"),
            "number",
            _("Empty: as long as the session lasts."),
        ),
    ),
)
CARDS = Section(
    _("Cards"),
    "",
    (
        Field(
            "policy.card_presence",
            _("The card stays in its reader"),
            "choice",
            options=(
                ("watched", _("Watched where an agent can tell")),
                ("required", _("Required")),
                ("off", _("Not watched")),
            ),
        ),
        Field(
            "policy.card_revocation",
            _("Where nobody says whether a card is revoked"),
            "choice",
            options=(
                ("", _("As this server does")),
                ("refuse", _("Refuse it")),
                ("last-good", _("Go by the last list")),
                ("accept", _("Let it pass")),
            ),
        ),
        Field(
            "policy.card_accounts",
            _("Who comes by card without an account"),
            "choice",
            options=(("known", _("Is refused")), ("create", _("Gets an account"))),
        ),
    ),
)
ADDRESSES = Section(
    _("Addresses"),
    _("Compared character by character. https alone, except on one’s own machine."),
    (
        Field("oidc.redirect_uris", _("Where people come back to"), "lines", _("One a line.")),
        Field("oidc.post_logout_redirect_uris", _("Where a logout leads"), "lines"),
        Field("oidc.initiate_login_uri", _("Where a login begins")),
        Field("oidc.backchannel_logout_uri", _("Where it is told that a session ended")),
        Field(
            "oidc.application_type",
            _("Kind"),
            "choice",
            options=(("web", _("On a server")), ("native", _("On the person’s device"))),
        ),
    ),
)
PROOF = Section(
    _("How it proves itself"),
    "",
    (
        Field(
            "oidc.token_endpoint_auth_method",
            _("Proof"),
            "choice",
            options=(
                ("client_secret_basic", _("Secret, in a header (client_secret_basic)")),
                ("client_secret_post", _("Secret, in the form (client_secret_post)")),
                ("private_key_jwt", _("Its own key (private_key_jwt)")),
                ("none", _("None: it can keep no secret")),
            ),
        ),
        Field("oidc.jwks", _("Its public keys (JWKS)"), "json"),
        Field("oidc.jwks_uri", _("or their address")),
        Field(
            "oidc.pkce",
            "PKCE",
            "choice",
            options=(("required", _("Required")), ("optional", _("Optional"))),
        ),
    ),
)
RELEASE = Section(
    _("What it is told"),
    "",
    (
        Field(
            "oidc.grant_types",
            _("What it may ask for"),
            "ticks",
            options=(
                ("authorization_code", _("Logins (authorization_code)")),
                ("refresh_token", _("Access that lasts (refresh_token)")),
                ("client_credentials", _("Access in its own name (client_credentials)")),
            ),
        ),
        Field(
            "oidc.scopes",
            _("Details of the person"),
            "ticks",
            options=(
                ("openid", _("That they logged in (openid)")),
                ("profile", _("Names and birth date (profile)")),
                ("email", _("E-mail address (email)")),
                ("phone", _("Mobile number (phone)")),
                ("health_professional", _("Profession and national identifier")),
            ),
        ),
        Field(
            "oidc.subject_type",
            _("Identifier of the person"),
            "choice",
            options=(("pairwise", _("Its own")), ("public", _("The same for all applications"))),
        ),
        Field("oidc.sector", _("Group of applications that share it")),
        Field(
            "oidc.id_token_signed_response_alg",
            _("Signature"),
            "choice",
            options=(
                ("", _("As this server does")),
                ("ES256", "ES256"),
                ("RS256", "RS256"),
                ("EdDSA", "EdDSA"),
            ),
        ),
        Field(
            "oidc.access_token_format",
            _("Access tokens"),
            "choice",
            options=(("opaque", _("Opaque")), ("jwt", _("Signed (JWT)"))),
        ),
        Field("oidc.audiences", _("Services that its tokens are meant for"), "lines"),
    ),
)
PARTNER = Section(
    _("What it says of itself"),
    _("Lists and certificates as JSON, as its registration has them."),
    (
        Field("saml.entity_id", _("Name that it bears (entityID)"), required=True),
        Field("saml.acs", _("Where people come back to (AssertionConsumerService)"), "json"),
        Field("saml.slo", _("Where it is told of a logout (SingleLogoutService)"), "json"),
        Field("saml.signing_certificates", _("Certificates that it signs by"), "json"),
        Field("saml.signed_requests", _("Its requests must be signed"), "flag"),
        Field("saml.encryption_certificates", _("Certificates to encrypt for"), "json"),
        Field("saml.encryption_methods", _("Algorithms that it decrypts by"), "lines"),
        Field("saml.encrypted_assertions", _("What it is told is encrypted"), "flag"),
        Field("saml.idp_initiated", _("People may also begin here, without its request"), "flag"),
    ),
)
TOLD = Section(
    _("What it is told"),
    "",
    (
        Field(
            "saml.subject_format",
            _("Identifier of the person"),
            "choice",
            options=(
                ("persistent", _("Its own")),
                ("transient", _("Another one each time")),
                ("email", _("E-mail address, once confirmed")),
                ("unspecified", _("The identifier that they log in with")),
            ),
        ),
        Field("saml.sector", _("Group of applications that share it")),
        Field("saml.attributes", _("Details of the person"), "json"),
        Field(
            "saml.vihf",
            _("What national services are told in its name (VIHF)"),
            "json",
            _("Granted by a super-administrator alone; empty for all others."),
        ),
    ),
)
HEADERS = Section(
    _("What its proxy is told"),
    _("The proxy asks at each request, by the application’s secret, and writes headers."),
    (
        Field("headers.origins", _("Its addresses"), "lines", _("Scheme and host, one a line.")),
        Field(
            "headers.names",
            _("Headers, and what each of them holds"),
            "json",
            _('As {"X-Remote-User": "identifier"}.'),
        ),
        Field(
            "headers.values",
            _("Letters beyond ASCII"),
            "choice",
            options=(("utf-8", _("As UTF-8")), ("percent", _("As %XX"))),
        ),
        Field("headers.signed_header", _("Header that holds the same, signed")),
        Field("headers.signed_life", _("The signature is good for so many seconds"), "number"),
        Field("headers.logout_path", _("Path of its logout")),
        Field("headers.logged_out", _("Where a logout leads")),
        Field("headers.sector", _("Group of applications that share it")),
    ),
)
COMMON = (IDENTITY, ENTRY, CARDS)
# By protocol; of one that has no fields of its own, what is common to all.
FORMS: Final = {
    "oidc": (*COMMON, ADDRESSES, PROOF, RELEASE),
    "saml": (*COMMON, PARTNER, TOLD),
    "headers": (*COMMON, HEADERS),
}
