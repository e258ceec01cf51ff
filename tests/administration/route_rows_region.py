# SPDX-License-Identifier: Apache-2.0
"""Routes of the console about the region, its applications and rules, and what happens."""

from io import BytesIO

from idp.administration.rights import Right
from idp.administration.rules.providers import Looked
from idp.demo.pki_authority import authority_name, pem, root
from tests.administration.kit import CHU
from tests.administration.routes import Route, every, one, whole
from tests.administration.scene_parts import BY_BROWSER
from tests.launching import SIGNED_WITH
from tests.pki import key
from tests.saml_upstream import metadata
from tests.world import START

DESCRIPTION = '{"client_name": "New", "redirect_uris": ["https://new.example/cb"]}'
HOOK = {"name": "One", "address": "https://hooks.example/one", "events": "account.created"}
# What stands in for the network says so of itself, at any address.
LOOKED = Looked(
    "https://login.autre.example",
    "https://login.autre.example/.well-known/openid-configuration",
    (),
    "RS256",
    {},
    (),
    (),
    (),
)
NEW_PROVIDER = {
    "alias": "autre",
    "name_fr": "Autre",
    "name_en": "Other",
    "issuer": LOOKED.issuer,
    "description": LOOKED.description,
    "algorithm": "RS256",
    "our_name": "sceau",
    "secret": "a secret",
    "finding": "link",
    "populations": "professional",
}


def other_authority() -> str:
    """One that is not believed yet."""
    name, period = authority_name("Autre", "Autres"), (START - 86_400, START + 86_400)
    return pem(root("autre", name, period, "http://x.test", key("autre")).certificate).decode()


PLACES: dict[str, Route] = {
    "GET establishments": every(Right.ESTABLISHMENTS_SEE),
    "GET establishments/new": every(Right.ESTABLISHMENTS_EDIT),
    "POST establishments/new": every(
        Right.ESTABLISHMENTS_EDIT,
        form=lambda _: {"key": "450000104", "name": "Autre", "town": "Blois"},
    ),
    "GET establishments/<key>": one(Right.ESTABLISHMENTS_SEE),
    "GET establishments/<key>/edit": one(Right.ESTABLISHMENTS_EDIT),
    "POST establishments/<key>/edit": one(Right.ESTABLISHMENTS_EDIT, form=lambda _: {"name": "Un"}),
    "GET establishments/<key>/standing": one(Right.ESTABLISHMENTS_EDIT),
    "POST establishments/<key>/standing": one(
        Right.ESTABLISHMENTS_EDIT, form=lambda _: {"to": "closed"}
    ),
    "GET establishments/<key>/history": one(Right.ESTABLISHMENTS_SEE),
    "POST establishments/<key>/history/<change>/undo": one(Right.ESTABLISHMENTS_EDIT),
    "GET communities": every(Right.COMMUNITIES_SEE),
    "GET communities/new": every(Right.COMMUNITIES_EDIT),
    "POST communities/new": every(
        Right.COMMUNITIES_EDIT, form=lambda _: {"key": "neuro", "name": "Neuro"}
    ),
    "GET communities/<key>": every(Right.COMMUNITIES_EDIT),
    "POST communities/<key>": every(Right.COMMUNITIES_EDIT, form=lambda _: {"name": "Autre nom"}),
    "GET communities/<key>/remove": every(Right.COMMUNITIES_EDIT),
    "POST communities/<key>/remove": every(Right.COMMUNITIES_EDIT),
    "GET communities/<key>/history": every(Right.COMMUNITIES_SEE),
    "POST communities/<key>/history/<change>/undo": every(Right.COMMUNITIES_EDIT),
    "GET announcements": every(Right.ANNOUNCEMENTS_EDIT),
    "GET announcements/new": every(Right.ANNOUNCEMENTS_EDIT),
    "POST announcements/new": every(
        Right.ANNOUNCEMENTS_EDIT, form=lambda _: {"french": "Un mot", "english": "A word"}
    ),
    "POST announcements/<name>/end": every(Right.ANNOUNCEMENTS_EDIT),
    "GET directory": every(Right.DIRECTORY_SEE),
    "GET directory/<int:generation>/rejects": every(Right.DIRECTORY_IMPORT),
    "GET directory/<int:generation>/rejects.csv": every(Right.DIRECTORY_IMPORT),
    # There is no folder for it.
    "POST directory/upload": every(
        Right.DIRECTORY_IMPORT,
        form=lambda _: {"kind": "practitioners", "file": (BytesIO(b"x"), "x.txt")},
    ),
    "POST directory/import": every(
        Right.DIRECTORY_IMPORT, form=lambda _: {"kind": "practitioners"}
    ),
}
APPLICATIONS: dict[str, Route] = {
    "GET applications": every(Right.APPLICATIONS_SEE),
    "GET applications/new": every(Right.APPLICATIONS_EDIT),
    "POST applications/new": every(
        Right.APPLICATIONS_EDIT,
        form=lambda _: {
            "key": "new",
            "name": "New",
            "oidc.redirect_uris": "https://new.example/cb",
        },
    ),
    "GET applications/import": every(Right.APPLICATIONS_EDIT),
    "POST applications/import": every(
        Right.APPLICATIONS_EDIT, form=lambda _: {"text": DESCRIPTION}
    ),
    "GET applications/invitations": every(Right.APPLICATIONS_EDIT),
    "GET applications/invitations/new": every(Right.APPLICATIONS_EDIT),
    "POST applications/invitations/new": every(
        Right.APPLICATIONS_EDIT,
        form=lambda _: {
            "label": "Agenda",
            "places": "1",
            "days": "7",
            "level": "1",
            "means": "password",
            "populations": "professional",
            "scopes": "openid",
            "methods": "private_key_jwt",
            "grants": "authorization_code",
        },
    ),
    "GET applications/invitations/withdraw": every(
        Right.APPLICATIONS_EDIT, query=lambda x: {"one": x.invitation}
    ),
    "POST applications/invitations/withdraw": every(
        Right.APPLICATIONS_EDIT, form=lambda x: {"one": x.invitation}
    ),
    "GET applications/<key>": every(Right.APPLICATIONS_SEE),
    "GET applications/<key>/access": every(Right.APPLICATIONS_SEE),
    "GET applications/<key>/history": every(Right.APPLICATIONS_SEE),
    "POST applications/<key>/history": every(
        Right.APPLICATIONS_EDIT, form=lambda x: {"number": "1", "seen": str(x.region.version)}
    ),
    "GET applications/<key>/edit": every(Right.APPLICATIONS_EDIT),
    "POST applications/<key>/edit": every(
        Right.APPLICATIONS_EDIT, form=lambda _: {"name": "Other"}
    ),
    "POST applications/<key>/logo": every(
        Right.APPLICATIONS_EDIT, form=lambda _: {"act": "remove"}
    ),
    "GET applications/<key>/secret": every(Right.APPLICATIONS_EDIT),
    "POST applications/<key>/secret": every(Right.APPLICATIONS_EDIT),
    "GET applications/<key>/state": every(Right.APPLICATIONS_EDIT),
    "POST applications/<key>/state": every(
        Right.APPLICATIONS_EDIT, form=lambda _: {"state": "disabled"}
    ),
    "GET applications/<key>/received": every(Right.APPLICATIONS_SEE),
    "GET applications/<key>/signals": every(Right.APPLICATIONS_SEE),
    "POST applications/<key>/signals": every(
        Right.APPLICATIONS_EDIT, form=lambda _: {"act": "pause"}
    ),
    "GET applications/<key>/signals/drop": every(Right.APPLICATIONS_EDIT),
    "POST applications/<key>/signals/drop": every(Right.APPLICATIONS_EDIT),
    "GET applications/<key>/told": every(
        Right.APPLICATIONS_SEE, query=lambda x: {"who": x.professional}
    ),
    "GET applications/<key>/source": every(Right.APPLICATIONS_SEE),
    "POST applications/<key>/source": every(
        Right.APPLICATIONS_EDIT, form=lambda _: {"act": "stop"}
    ),
    "GET applications/<key>/trial": every(Right.APPLICATIONS_EDIT),
    "POST applications/<key>/trial": every(Right.APPLICATIONS_EDIT),
    "GET policies": every(Right.POLICIES_SEE),
    "GET policies/<population>": every(Right.POLICIES_EDIT),
    "POST policies/<population>": every(Right.POLICIES_EDIT, form=lambda _: {"length": "20"}),
    "GET policies/<population>/reset": every(Right.POLICIES_EDIT),
    "POST policies/<population>/reset": every(Right.POLICIES_EDIT),
    "GET policies/<key>/history": every(Right.POLICIES_SEE),
    "POST policies/<key>/history/<change>/undo": every(Right.POLICIES_EDIT),
    "GET keys": every(Right.KEYS_SEE),
    "GET keys/rotate": every(Right.KEYS_ROTATE, query=lambda _: {"algorithm": "ES256"}),
    "POST keys/rotate": every(Right.KEYS_ROTATE, form=lambda _: {"algorithm": "ES256"}),
    "GET keys/revoke": every(Right.KEYS_ROTATE, query=lambda x: {"key": x.region.kid}),
    "POST keys/revoke": every(
        Right.KEYS_ROTATE, form=lambda x: {"key": x.region.kid, "sure": "yes"}
    ),
    "GET trust": every(Right.TRUST_SEE),
    "GET trust/add": every(Right.TRUST_EDIT),
    "POST trust/add": every(
        Right.TRUST_EDIT,
        form=lambda _: {"pem": other_authority(), "family": "autre", "sure": "yes"},
    ),
    "GET trust/remove": every(Right.TRUST_EDIT, query=lambda x: {"print": x.region.fingerprint}),
    "POST trust/remove": every(Right.TRUST_EDIT, form=lambda x: {"print": x.region.fingerprint}),
    "POST trust/refresh": every(Right.TRUST_EDIT),
    "GET providers": every(Right.TRUST_SEE),
    "GET providers/look": every(Right.TRUST_EDIT),
    "POST providers/look": every(Right.TRUST_EDIT, form=lambda _: {"address": LOOKED.issuer}),
    "GET providers/new": every(Right.TRUST_EDIT),
    "POST providers/new": every(Right.TRUST_EDIT, form=lambda _: NEW_PROVIDER),
    "GET providers/<key>": every(Right.TRUST_SEE),
    "GET providers/<key>/edit": every(Right.TRUST_EDIT),
    "POST providers/<key>/edit": every(Right.TRUST_EDIT, form=lambda _: {"name_fr": "Autre"}),
    "GET providers/<key>/metadata": every(Right.TRUST_EDIT, path=lambda _: {"key": "chs"}),
    "POST providers/<key>/metadata": every(
        Right.TRUST_EDIT,
        path=lambda _: {"key": "chs"},
        form=lambda _: {"document": metadata(entity=f'entityID="{BY_BROWSER.issuer}"').decode()},
    ),
    "POST providers/<key>/logo": every(Right.TRUST_EDIT, form=lambda _: {"act": "remove"}),
    "GET providers/<key>/try": every(Right.TRUST_EDIT),
    "POST providers/<key>/try": every(Right.TRUST_EDIT),
    "GET providers/<key>/tried": every(Right.TRUST_EDIT),
    "GET providers/<key>/state": every(Right.TRUST_EDIT),
    "POST providers/<key>/state": every(Right.TRUST_EDIT, form=lambda _: {"to": "closed"}),
    "GET software": every(Right.APPLICATIONS_SEE),
    "GET software/new": every(Right.APPLICATIONS_EDIT),
    "POST software/new": every(
        Right.APPLICATIONS_EDIT,
        form=lambda _: {
            "key": "other",
            "name": "Other",
            "establishment": CHU,
            "issuer": "https://other.example",
            "jwks": SIGNED_WITH,
            "applications": "dcc",
        },
    ),
    "GET software/<key>": every(Right.APPLICATIONS_SEE),
    "GET software/<key>/edit": every(Right.APPLICATIONS_EDIT),
    "POST software/<key>/edit": every(Right.APPLICATIONS_EDIT, form=lambda _: {"name": "Autre"}),
    "GET software/<key>/history": every(Right.APPLICATIONS_SEE),
    "POST software/<key>/history/<change>/undo": every(Right.APPLICATIONS_EDIT),
    "GET webhooks": every(Right.WEBHOOKS_EDIT),
    "GET webhooks/new": every(Right.WEBHOOKS_EDIT),
    "POST webhooks/new": every(Right.WEBHOOKS_EDIT, form=lambda _: HOOK),
    "GET webhooks/<key>": every(Right.WEBHOOKS_EDIT),
    "GET webhooks/<key>/edit": every(Right.WEBHOOKS_EDIT),
    "POST webhooks/<key>/edit": every(Right.WEBHOOKS_EDIT, form=lambda _: {"name": "Other"}),
    "POST webhooks/<key>/ping": every(Right.WEBHOOKS_EDIT),
    "GET webhooks/<key>/remove": every(Right.WEBHOOKS_EDIT),
    "POST webhooks/<key>/remove": every(Right.WEBHOOKS_EDIT),
    "POST webhooks/<key>/resend": every(
        Right.WEBHOOKS_EDIT, form=lambda x: {"delivery": x.delivery}
    ),
    "GET webhooks/<key>/secret": every(Right.WEBHOOKS_EDIT),
    "POST webhooks/<key>/secret": every(Right.WEBHOOKS_EDIT),
}
HAPPENINGS: dict[str, Route] = {
    # Each part of it by its own right (`test_console_today.py`).
    "GET ": every(),
    "GET audit": every(Right.AUDIT_SEE),
    "GET audit/<int:number>": every(Right.AUDIT_SEE),
    "POST audit/export": every(Right.AUDIT_EXPORT),
    "GET audit/verification": every(Right.AUDIT_SEE),
    "POST audit/verification": every(Right.AUDIT_SEE),
    "GET messages": every(Right.MESSAGES_SEE),
    "GET messages/<message>": every(Right.MESSAGES_SEE),
    "POST messages/<message>": every(Right.MESSAGES_RESEND, form=lambda _: {"act": "hasten"}),
    "GET statistics": every(Right.STATISTICS_SEE),
    "GET statistics/export": whole(Right.STATISTICS_SEE),
    "GET statistics/establishments": every(Right.STATISTICS_SEE),
    "GET statistics/establishments/<key>": one(Right.STATISTICS_SEE),
    "GET statistics/anew": every(Right.POLICIES_EDIT),
    "POST statistics/anew": every(Right.POLICIES_EDIT),
}
