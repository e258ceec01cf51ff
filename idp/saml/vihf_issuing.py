# SPDX-License-Identifier: Apache-2.0
"""Issues VIHF: only to applications that are entitled, of people just admitted, and on record."""

from idp.accounts import service as accounts
from idp.audit.record import Event
from idp.db import Tx
from idp.grants.admission import Admission
from idp.http.services import Core
from idp.keys.seals import Seals
from idp.origin import Origin
from idp.saml.application import SamlApplication
from idp.saml.assertion import Attribute
from idp.saml.keys import SamlKeys
from idp.saml.signatures import SigningKey
from idp.saml.vihf import Issued, Vihf, write
from idp.saml.vihf_facts import NORMAL, Lack, login_of, vihf_of

# The attribute of a login that carries one: ours, so that nothing else is released under it.
ATTRIBUTE = "urn:sceau:vihf"
FRIENDLY = "vihf"


class VihfIssuer:
    """Makes them, and tells the audit of each."""

    def __init__(self, core: Core, keys: SamlKeys, seals: Seals) -> None:
        self._core = core
        self._keys = keys
        self._seals = seals

    def for_login(
        self, tx: Tx, application: SamlApplication, admission: Admission, origin: Origin
    ) -> tuple[Attribute, ...]:
        """What comes along with a login; nothing where none is wished, or none can be made."""
        if application.vihf is None or not application.vihf.in_login:
            return ()
        issued = self.issue(tx, application, admission, origin)
        if isinstance(issued, Lack):
            return ()
        return (Attribute(ATTRIBUTE, (issued.text,), friendly_name=FRIENDLY),)

    def issue(
        self,
        tx: Tx,
        application: SamlApplication,
        admission: Admission,
        origin: Origin,
        purpose: str = NORMAL,
        patient: str = "",
        reason: str = "",
    ) -> Issued | Lack:
        """One for this person at this moment, of a patient where one was named."""
        made = self._make(tx, application, admission, purpose, patient)
        issued: Issued | Lack
        if isinstance(made, Lack):
            issued, detail = made, {"why": made.value}
        else:
            said, signing = made
            issued = write(said, signing, self._core.entropy, self._core.clock.now())
            detail = {
                "vihf": issued.id,
                "structure": said.structure,
                "mode": said.login.mode,
            }
        detail |= {"purpose": purpose}
        if reason:
            detail["reason"] = reason
        if patient:
            # Whose file it was can be told apart, and not who that is.
            detail["patient"] = self._core.lookup.text("vihf-patient", patient)
        event = Event(
            "vihf.withheld" if isinstance(issued, Lack) else "vihf.issued",
            "refused" if isinstance(issued, Lack) else "ok",
            account=admission.account,
            application=admission.application.key,
            session=admission.session,
            means=" ".join(admission.means),
            level=int(admission.level),
            detail=detail,
        )
        self._core.audit.record(tx, event, origin)
        return issued

    def _make(
        self,
        tx: Tx,
        application: SamlApplication,
        admission: Admission,
        purpose: str,
        patient: str,
    ) -> tuple[Vihf, SigningKey] | Lack:
        account = accounts.load(tx, admission.account)
        if application.vihf is None or account is None:
            return Lack.PERSON
        login = login_of(admission.authenticated_at, admission.proofs)
        activity = admission.activity
        said = vihf_of(application.vihf, account, activity, login, purpose, patient)
        if isinstance(said, Lack):
            return said
        signing = self._key(said.structure)
        return (said, signing) if signing else Lack.SEAL

    def _key(self, structure: str) -> SigningKey | None:
        """The structure's own seal; where none was laid here, the key of our answers."""
        seal = self._seals.of(structure)
        if seal is None:
            return self._keys.current()
        if not seal.is_valid(self._core.clock.now()):
            return None
        return SigningKey(seal.sign, seal.certificate)
