# SPDX-License-Identifier: Apache-2.0
"""Rows of operations: the desk, proposals, imports, rules of the region, cards, messages."""

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.administration.rights import Right
from idp.demo.pki_authority import authority_name, pem, root
from idp.trust.certificate import read
from tests.administration.routes import Fields, Route, every, one, whole
from tests.administration.scene_parts import BORN
from tests.administration.scenes import Scene
from tests.pki import key
from tests.world import START

DAY = 86_400
CSV = b"Nom;Prenom\nBrought;Ana\n"
# Whoever acts is a person: what an application agreed to, or had in hand, would be nobody's.
PEOPLE = frozenset({"agreeToProposal", "claimRequest"})
# What stands is not to be changed: they are told so, and may look at it.
STANDS = frozenset(
    {
        "restoreCard",
        "importRegister",
        "enableCalculette",
        "followApplicationSource",
        "refreshApplicationSource",
    }
)
PATIENT: Fields = lambda x: {"account": x.patient}  # noqa: E731 - one among many
AT_HOUSE: Fields = lambda x: {"establishment": x.house}  # noqa: E731 - as above
RULES = {"length": 20, "history": 3}


def _run(state: str) -> Fields:
    return lambda x: {"import": x.runs[state]}


@cache
def _offered() -> dict[str, str]:
    name, period = authority_name("Autre", "Autres"), (START - DAY, START + DAY)
    made = root("essai", name, period, "http://x.test", key("essai"))
    text = pem(made.certificate).decode()
    found = read(x509.load_pem_x509_certificate(text.encode()).public_bytes(Encoding.DER))
    assert found is not None
    return {"pem": text, "fingerprint": found.fingerprint, "family": "autre"}


def _shown(x: Scene) -> dict[str, str]:
    return {"identifier": f"{x.where}-left", "birth_date": BORN}


DESK: dict[str, Route] = {
    "listDuplicates": one(Right.ACCOUNTS_MERGE),
    "compareDuplicates": one(Right.ACCOUNTS_MERGE),
    "mergeAccounts": one(Right.ACCOUNTS_MERGE, form=lambda x: {"give_up": x.double}),
    "exportAccounts": every(Right.ACCOUNTS_EXPORT),
    "searchPatients": every(Right.PATIENTS_ENROL),
    "showPatient": one(Right.PATIENTS_ENROL, path=PATIENT),
    "renewConsent": one(Right.PATIENTS_ENROL, path=lambda x: {"account": x.left}, form=_shown),
    "listLetters": one(Right.PATIENTS_ENROL, path=PATIENT),
    "printLetters": one(Right.LETTERS_PRINT, form=lambda x: {"accounts": [x.patient]}),
    "handLetterOver": one(
        Right.LETTERS_PRINT,
        form=lambda _: {"day": datetime.fromtimestamp(START, UTC).date().isoformat()},
    ),
    "listImports": every(Right.ACCOUNTS_IMPORT),
    "bringImport": one(Right.ACCOUNTS_IMPORT, query=AT_HOUSE),
    "showImport": one(Right.ACCOUNTS_IMPORT),
    "mapImport": one(
        Right.ACCOUNTS_IMPORT, form=lambda _: {"mapping": {"last_name": 0, "first_name": 1}}
    ),
    "startImport": one(Right.ACCOUNTS_IMPORT, path=_run("planned")),
    "stopImport": one(Right.ACCOUNTS_IMPORT, path=_run("running")),
    "resumeImport": one(Right.ACCOUNTS_IMPORT, path=_run("stopped")),
    "undoImport": one(Right.ACCOUNTS_IMPORT, path=_run("done")),
    "dropImport": one(Right.ACCOUNTS_IMPORT),
    "listImportLines": one(Right.ACCOUNTS_IMPORT),
    "takeImportReport": one(Right.ACCOUNTS_IMPORT),
    "listProposals": every(Right.ROLES_GRANT),
    "agreeToProposal": every(Right.ROLES_GRANT),
    "declineProposal": every(Right.ROLES_GRANT),
    "listPasswordPolicies": every(Right.POLICIES_SEE),
    "showPasswordPolicy": every(Right.POLICIES_SEE),
    "setPasswordPolicy": every(Right.POLICIES_SEE, Right.POLICIES_EDIT, form=lambda _: RULES),
    "resetPasswordPolicy": every(Right.POLICIES_EDIT),
    "listSettings": every(Right.POLICIES_SEE),
    "listKeys": every(Right.KEYS_SEE),
    "rotateKey": every(Right.KEYS_ROTATE, form=lambda _: {"algorithm": "ES256"}),
    "revokeKey": every(Right.KEYS_ROTATE),
    "showTrust": every(Right.TRUST_SEE),
    "addAuthority": every(Right.TRUST_EDIT, form=lambda _: _offered()),
    "removeAuthority": every(Right.TRUST_EDIT),
    "refreshLists": every(Right.TRUST_EDIT),
    "listMessages": every(Right.MESSAGES_SEE),
    "showMessage": every(Right.MESSAGES_SEE),
    "retryMessage": every(Right.MESSAGES_RESEND),
    "dropMessage": every(Right.MESSAGES_RESEND),
    "showCard": one(Right.MEANS_SEE),
    "revokeCard": one(Right.MEANS_REMOVE),
    "restoreCard": one(Right.MEANS_REMOVE),
    "listCalculetteBatches": whole(Right.MEANS_SEE),
    "listRegisterImports": every(Right.DIRECTORY_SEE),
    "importRegister": every(Right.DIRECTORY_IMPORT, form=lambda _: {"kind": "practitioners"}),
    "listRejects": every(Right.DIRECTORY_IMPORT),
    "openCommunity": every(
        Right.COMMUNITIES_EDIT, form=lambda _: {"open_to_establishments": False}
    ),
}
