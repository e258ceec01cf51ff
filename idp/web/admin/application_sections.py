# SPDX-License-Identifier: Apache-2.0
"""The form of an application: what it asks for, in sections, by protocol."""

from typing import Final

from flask_babel import lazy_gettext as _

from idp.web.admin.application_absent import ABSENT
from idp.web.admin.application_binding import BINDING, CERTIFICATE
from idp.web.admin.application_encryption import ENCRYPTION
from idp.web.admin.application_grants import FURTHER, GRANTS
from idp.web.admin.application_lasting import LASTING
from idp.web.admin.application_local import LOCAL_PROVIDER
from idp.web.admin.application_partner import NATIONAL, PARTNER, TOLD
from idp.web.admin.application_proxied import HEADERS
from idp.web.admin.application_requests import REQUESTS
from idp.web.admin.application_shapes import Field, Section
from idp.web.admin.application_signal_fields import SIGNALS

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
ANSWERS = (
    "code",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
)
IDENTITY = Section(
    _("What people see"),
    "",
    (
        Field("name", _("Short name"), required=True),
        Field("long_name", _("Full name")),
        Field("description", _("In one sentence"), "long"),
        Field("home_url", _("Home page"), help=_("Where the portal’s tile leads.")),
        Field(
            "privacy_url",
            _("Its page on personal data"),
            help=_("People find it where they are asked to agree."),
        ),
        Field("terms_url", _("Its terms of use"), help=_("They find these there, too.")),
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
    seldom=True,
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
            "oidc.frontchannel_logout_uri",
            _("or, by the browser alone"),
            help=_("Browsers keep cookies from such pages more and more: prefer the first."),
        ),
        Field(
            "oidc.session_state",
            _("It asks in a frame whether the session still stands"),
            "flag",
            _(
                "Session Management 1.0, for old applications: today’s browsers answer nothing in "
                "such frames to another site. Prefer an address where it is told."
            ),
        ),
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
                ("tls_client_auth", _("Certificate of an authority (tls_client_auth)")),
                (
                    "self_signed_tls_client_auth",
                    _("Certificate of its own making (self_signed_tls_client_auth)"),
                ),
                ("none", _("None: it can keep no secret")),
            ),
        ),
        Field(
            "oidc.profile",
            _("Rules for what needs the most protection"),
            "choice",
            _(
                "One switch: requests are pushed, tokens bound to the application, nothing weak is "
                "taken. The application has to be made for it."
            ),
            options=(
                ("", _("As set below")),
                ("fapi2", "FAPI 2.0"),
                ("fapi2-signed", _("FAPI 2.0, and its requests signed")),
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
        GRANTS,
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
                ("affiliation", _("Population, and establishments (affiliation)")),
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
            "oidc.sector_identifier_uri",
            _("or the address of its list"),
            help=_("The host names the group; what lies there is not looked at here."),
        ),
    ),
)
FORM = Section(
    _("In which form it is told"),
    _("Signatures, tokens, and what goes through the browser."),
    (
        Field(
            "oidc.response_types",
            _("What a login may be answered with"),
            "ticks",
            _(
                "The code alone, unless the application can do nothing else: tokens that go "
                "through the browser may be read there."
            ),
            options=tuple((one, one) for one in ANSWERS),
            only_with=("oidc.grant_types", ("authorization_code", "implicit")),
        ),
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
            "oidc.userinfo_signed_response_alg",
            _("Signature of the person’s details (userinfo)"),
            "choice",
            options=(
                ("", _("None: plain JSON")),
                ("ES256", "ES256"),
                ("RS256", "RS256"),
                ("EdDSA", "EdDSA"),
            ),
        ),
        Field(
            "oidc.authorization_signed_response_alg",
            _("Signature of answers that are asked for signed (JARM)"),
            "choice",
            options=(
                ("", _("As its ID tokens")),
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
    seldom=True,
)
COMMON = (IDENTITY, ENTRY, CARDS)
# By protocol; of one that has no fields of its own, what is common to all.
FORMS: Final = {
    "oidc": (
        *COMMON,
        ADDRESSES,
        PROOF,
        CERTIFICATE,
        BINDING,
        REQUESTS,
        RELEASE,
        FORM,
        LASTING,
        FURTHER,
        ABSENT,
        ENCRYPTION,
        SIGNALS,
        LOCAL_PROVIDER,
    ),
    "saml": (*COMMON, *PARTNER, TOLD, NATIONAL),
    "headers": (*COMMON, HEADERS),
}
