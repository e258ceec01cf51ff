# SPDX-License-Identifier: Apache-2.0
"""An answer as it would be, for whoever tries an application out: decoded, and of use to nobody.

It is made as every answer is. Then both signatures lose their values before anything is shown, and
it answers a request that nobody sent: no application takes it for a login.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from idp.accounts.activities import Activity
from idp.accounts.values import Account
from idp.administration.rules.protocols import Complained, Complaint, Detail, Told
from idp.clock import Clock, Entropy
from idp.errors import Breakdown
from idp.grants.admission import Admission
from idp.saml.application import SamlApplication
from idp.saml.assertion import LIFE, Attribute, Issued, Statement, respond
from idp.saml.attributes import read_attributes
from idp.saml.encryption import spoken
from idp.saml.keys import SamlKeys
from idp.saml.names import PERSISTENT, RSA_SHA256, TRANSIENT, ds
from idp.saml.peer_keys import holder_of
from idp.saml.signatures import SigningKey
from idp.saml.statement import Statements, attributes_of
from idp.saml.subject import name_of
from idp.saml.vihf_facts import Lack, login_of, vihf_of
from idp.saml.vihf_trial import PLACE, by_any, titled, tried_vihf
from idp.saml.writing import moment
from idp.saml.xml import Element, new_parser

# What stands in the place of what only a real login has.
TAKEN_OUT = "taken-out"
NO_REQUEST = "the-request-of-the-application"
PAYLOAD = {"request": NO_REQUEST, "classes": (), "highest": None}


class Trials:
    """Shows what an application would be told."""

    def __init__(
        self, statements: Statements, keys: SamlKeys, clock: Clock, entropy: Entropy
    ) -> None:
        self._statements = statements
        self._keys = keys
        self._clock = clock
        self._entropy = entropy

    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Those that answers are signed by, now or next."""
        return self._keys.published()

    def of_person(
        self, application: SamlApplication, account: Account, activities: Sequence[Activity]
    ) -> Told:
        """What is told of them at any login, in each of these activities."""
        name = name_of(application, account, self._statements.subjects, "")
        places = {"attributes": _attributes(attributes_of(application, account))}
        if name is not None:
            shown = "" if application.subject_format == TRANSIENT else name
            places = {"subject": self._subject(application, shown)} | places
        vihfs, lacking = self._vihfs(application, account, activities)
        complaints = _complaints(application, account, name, self._now())
        return Told(places | vihfs, "", (*complaints, *lacking))

    def _vihfs(
        self, application: SamlApplication, account: Account, activities: Sequence[Activity]
    ) -> tuple[dict[str, tuple[Detail, ...]], list[Complained]]:
        """Of each activity, what national services would be told; or why nothing."""
        if application.vihf is None:
            return {}, []
        login = by_any(application.application.policy.means)
        key, now = self._keys.current(), self._clock.now()
        places, lacking = {}, []
        for title, activity in titled(activities):
            said = vihf_of(application.vihf, account, activity, login)
            if isinstance(said, Lack):
                lacking.append(Complained(Complaint.NOT_VOUCHED, (said.value,)))
            else:
                places[title], _whole = tried_vihf(said, key, self._entropy, now)
        return places, list(dict.fromkeys(lacking))

    def of_login(
        self, application: SamlApplication, account: Account, admission: Admission
    ) -> Told:
        """The whole answer to a login."""
        payload = {**PAYLOAD, "acs": application.default_acs.url}
        statement = self._statements.of(application, account, admission, payload)
        if statement is None:
            return Told({}, "", _complaints(application, account, None, self._now()))
        key, now = self._keys.current(), self._clock.now()
        issued = respond(statement, key, self._entropy, now)
        if not isinstance(issued, Issued):
            raise Breakdown("an assertion in clear was not made")
        places = {
            "subject": self._subject(application, statement.subject.value),
            "login": _login(statement),
            "attributes": _attributes(statement.attributes),
            "validity": _validity(statement, now),
            "signature": _signature(key),
            "encryption": _encryption(application),
        }
        document = _worthless(issued.document)
        complaints = _complaints(application, account, statement.subject.value, self._now())
        if application.vihf is not None:
            login = login_of(admission.authenticated_at, admission.proofs)
            vihf = vihf_of(application.vihf, account, admission.activity, login)
            if isinstance(vihf, Lack):
                complaints += (Complained(Complaint.NOT_VOUCHED, (vihf.value,)),)
            else:
                places[PLACE], made = tried_vihf(vihf, key, self._entropy, now)
                document += f"\n\n<!-- VIHF -->\n{_indented(made)}"
        return Told({place: said for place, said in places.items() if said}, document, complaints)

    def _subject(self, application: SamlApplication, name: str) -> tuple[Detail, ...]:
        subject = self._statements.subject(application, name)
        said = [Detail("NameID", subject.value), Detail("Format", subject.format)]
        if subject.format == PERSISTENT:
            said += [
                Detail("NameQualifier", subject.qualifier or ""),
                Detail("SPNameQualifier", subject.for_whom or ""),
            ]
        return tuple(said)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)


def _login(statement: Statement) -> tuple[Detail, ...]:
    return (
        Detail("AuthnContextClassRef", statement.login.context),
        Detail("AuthnInstant", moment(statement.login.at)),
        Detail("SessionIndex", statement.login.session_index),
    )


def _attributes(released: Sequence[Attribute]) -> tuple[Detail, ...]:
    return tuple(
        Detail(
            shown_name(one.name, one.friendly_name),
            ", ".join(map(_as_text, one.values)),
            one.name_format,
        )
        for one in released
    )


def shown_name(name: str, friendly: str | None) -> str:
    """An attribute's name, after the one that people know it by."""
    return f"{friendly} ({name})" if friendly else name


def _as_text(value: str | Element) -> str:
    text: str = (
        value
        if isinstance(value, str)
        else etree.tostring(value, encoding="unicode", with_tail=False)
    )
    return text


def _validity(statement: Statement, now: int) -> tuple[Detail, ...]:
    return (
        Detail("Issuer", statement.issuer),
        Detail("Audience", statement.audience),
        Detail("Recipient", statement.recipient),
        Detail("NotOnOrAfter", moment(now + LIFE)),
    )


def _signature(key: SigningKey) -> tuple[Detail, ...]:
    return (
        Detail("SignatureMethod", RSA_SHA256),
        Detail("X509Certificate", f"SHA-256 {fingerprint(key.certificate)}"),
    )


def _encryption(application: SamlApplication) -> tuple[Detail, ...]:
    """It is shown before it is encrypted; for whom, and by what, is said."""
    if not application.encrypted_assertions:
        return ()
    cipher, transport = spoken(application.methods)
    certificate = application.encryption[0]
    holder, digits = holder_of(certificate), f"SHA-256 {fingerprint(certificate)}"
    return (
        Detail("EncryptionMethod", f"{cipher} + {transport}"),
        Detail("X509Certificate", f"{holder}, {digits}" if holder else digits),
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """As people compare it."""
    return certificate.fingerprint(SHA256()).hex(":").upper()


def _worthless(document: bytes) -> str:
    """Indented for people; what proves it ours is gone."""
    read = etree.fromstring(document, new_parser())
    for one in read.iter(ds("SignatureValue")):
        one.text = TAKEN_OUT
    return _indented(read)


def _indented(element: Element) -> str:
    etree.indent(element)
    text: str = etree.tostring(element, encoding="unicode")
    return text


def _complaints(
    application: SamlApplication, account: Account, name: str | None, now: datetime
) -> tuple[Complained, ...]:
    found = []
    if name is None:
        found.append(Complained(Complaint.NO_SUBJECT, (application.subject_format,)))
    if application.subject_format == TRANSIENT:
        found.append(Complained(Complaint.OTHER_EACH_TIME))
    known = {one.name for one, _ in read_attributes(account, application.attributes)}
    lacking = tuple(
        one.friendly_name or one.name for one in application.attributes if one.name not in known
    )
    if lacking:
        found.append(Complained(Complaint.NOT_KNOWN, lacking))
    if not application.attributes:
        found.append(Complained(Complaint.NO_DETAILS))
    if application.encrypted_assertions:
        certificate = application.encryption[0]
        if certificate.not_valid_after_utc < now:
            over = moment(int(certificate.not_valid_after_utc.timestamp()))
            found.append(Complained(Complaint.CERTIFICATE_OVER, (over,)))
    return tuple(found)
