# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect as the administration asks for it: settings, metadata, claims."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from idp.accounts.activities import Activity
from idp.accounts.subjects import Subjects
from idp.accounts.values import Account
from idp.administration.belonging import NOWHERE, Belonging
from idp.administration.rules.protocols import (
    Certified,
    Complained,
    Complaint,
    Detail,
    Imported,
    Told,
)
from idp.applications.faults import Fault
from idp.applications.values import Application
from idp.grants.admission import Admission
from idp.oidc.claims import BELONGING, CLAIMS_OF, SCOPES, read_claims, tells_belonging
from idp.oidc.client import GRANT_TYPES, KNOWN, OURS, Client, check_client, read_client
from idp.oidc.levels import ACR
from idp.oidc.local_provider import methods_of, object_of
from idp.oidc.response_types import CODE
from idp.sessions.values import Proof

# RFC 7591 §2 and OIDC Registration §2: what we read, and where it goes.
TOP = {
    "client_name": "name",
    "client_uri": "home_url",
    "policy_uri": "privacy_url",
    "tos_uri": "terms_url",
    "client_id": "key",
}
SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})
LONGEST = 2000
# Nothing is wrong where somebody has none of it.
NOT_OF_ALL = {"updated_at", *BELONGING}

BelongingOf = Callable[[Account, Iterable[Proof]], Belonging]


class OidcRegistering:
    """Fills `Speaks`."""

    def __init__(self, subjects: Subjects, issuer: str, belonging: BelongingOf) -> None:
        self._subjects = subjects
        self._issuer = issuer
        self._belonging = belonging

    def faults(self, application: Application) -> list[Fault]:
        """Every fault of the settings."""
        return check_client(application)

    def scopes(self, application: Application) -> tuple[str, ...]:
        """The scopes of its tokens; none where its settings are of no use."""
        return () if check_client(application) else read_client(application).scopes

    def subject(self, application: Application, account_id: str) -> str:
        """That of its sector."""
        if check_client(application):
            return ""
        return self._subjects.of(read_client(application).sector, account_id)

    def for_people(self, application: Application) -> bool:
        """Whether it may send people here to log in."""
        return not check_client(application) and read_client(application).asks_people

    def by_secret(self, application: Application) -> bool:
        """Whether it authenticates by a shared secret."""
        return not check_client(application) and (
            read_client(application).auth_method in SECRET_METHODS
        )

    def vouched_for(self, application: Application) -> bool:
        """Nothing of the kind is given by it."""
        return False

    def imported(self, document: str) -> Imported:
        """Client metadata as a registration; nothing of it is believed before it is checked."""
        try:
            metadata = json.loads(document, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            return Imported({}, faults=("unreadable",))
        return self._taken(metadata)

    def _taken(self, document: object) -> Imported:
        if not isinstance(document, Mapping):
            return Imported({}, faults=("a JSON object is expected",))
        taken: dict[str, Any] = {"protocol": "oidc"}
        settings: dict[str, Any] = {}
        left = []
        for name, value in document.items():
            if name in TOP and isinstance(value, str):
                taken[TOP[name]] = value[:LONGEST]
            elif name == "scope" and isinstance(value, str):
                settings["scopes"] = [one for one in value.split() if one in SCOPES]
            elif name == "contacts" and _are_texts(value) and value:
                taken["support_email"] = value[0][:LONGEST]
            elif name == "grant_types" and _are_texts(value):
                settings[name] = [one for one in value if one in GRANT_TYPES]
            elif name in KNOWN - OURS:
                settings[name] = value
            else:
                left.append(str(name)[:64])
        return Imported({**taken, "oidc": settings}, tuple(sorted(left)))

    def tellable(self) -> Mapping[str, str]:
        """Scopes say it, and claims have one name."""
        return {}

    def certified(self, _text: str) -> Certified | None:
        """It proves itself by none."""
        return None

    def connecting(self, application: Application) -> tuple[Detail, ...]:
        """What a library asks for; all the rest it reads from the first."""
        client = read_client(application)
        return (
            Detail("discovery", f"{self._issuer}/.well-known/openid-configuration"),
            Detail("issuer", self._issuer),
            Detail("client_id", client.id),
            Detail("token_endpoint_auth_method", client.auth_method),
            Detail("id_token_signed_response_alg", client.id_token_algorithm),
            Detail("scope", " ".join(client.scopes)),
            *(Detail("redirect_uri", one) for one in client.redirect_uris),
        )

    def registered(self, application: Application) -> Mapping[str, tuple[Detail, ...]]:
        """The claims of the scopes that it may ask for."""
        client = read_client(application)
        scopes = client.scopes
        claims = [
            Detail(claim, "", scope) for scope in scopes for claim in CLAIMS_OF.get(scope, ())
        ]
        found = {"userinfo": (Detail("sub", "", "openid"), *claims)}
        if client.local_provider:
            found["ID token"] = tuple(Detail(name, "") for name in ("tid", "oid", "amr"))
        return found

    def told(
        self,
        application: Application,
        account: Account,
        admission: Admission | None,
        activities: Sequence[Activity] = (),
    ) -> Told:
        """The claims of the ID token and of userinfo, for all scopes that it may ask for."""
        client = read_client(application)
        subject = self._subjects.of(client.sector, account.id)
        belonging = NOWHERE
        if tells_belonging(client.scopes, ()):
            belonging = self._belonging(account, admission.proofs if admission else ())
        person = read_claims(account.person, client.scopes, (), belonging)
        userinfo = {"sub": subject, **person}
        if "profile" in client.scopes:
            userinfo["updated_at"] = account.updated_at
        token: dict[str, Any] = {"iss": self._issuer, "sub": subject, "aud": client.id}
        if admission is not None:
            token["auth_time"] = admission.authenticated_at
            token["acr"] = ACR[admission.level]
            token["amr"] = list(admission.methods)
        token |= self._vouched(client, account, admission)
        claims = {"ID token": token, "userinfo": userinfo}
        return Told(
            {place: _details(members) for place, members in claims.items()},
            json.dumps(claims, ensure_ascii=False, indent=2),
            self._complaints(client, set(person)),
        )

    def _vouched(
        self, client: Client, account: Account, admission: Admission | None
    ) -> dict[str, Any]:
        """What a service that leans on us is told; not by whom, where that hangs on the person."""
        if not client.local_provider:
            return {}
        told: dict[str, Any] = {} if client.tenants else {"tid": client.tenant}
        told["oid"] = object_of(self._subjects, account.id)
        if admission is not None:
            told["amr"] = methods_of(admission.methods)
        return told

    def _complaints(self, client: Client, known: set[str]) -> tuple[Complained, ...]:
        application, scopes = client.application, client.scopes
        found = []
        if in_front := tuple(one for one in client.answers.types if one != CODE):
            found.append(Complained(Complaint.IN_FRONT, in_front))
        if client.asking.weak:
            found.append(Complained(Complaint.WEAK_REQUESTS, client.asking.weak))
        if self.by_secret(application) and application.secret_hash is None:
            found.append(Complained(Complaint.NO_SECRET))
        wished = [claim for scope in sorted(set(scopes)) for claim in CLAIMS_OF.get(scope, ())]
        if lacking := tuple(one for one in wished if one not in {*known, *NOT_OF_ALL}):
            found.append(Complained(Complaint.NOT_KNOWN, lacking))
        if not wished:
            found.append(Complained(Complaint.NO_DETAILS))
        return tuple(found)


def _details(claims: Mapping[str, Any]) -> tuple[Detail, ...]:
    return tuple(
        Detail(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in claims.items()
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """WB-012: an object that names a member twice is none."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("twice")
    return found


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
