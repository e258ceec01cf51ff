# SPDX-License-Identifier: Apache-2.0
"""What establishments read: sections, what was done, why a file was set aside, roles, deeds."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _

from imaging_app.consents.consent import State
from imaging_app.enrolling.values import Trouble
from imaging_app.people.involvement import Role
from imaging_app.sharing.lists import State as Worth

# By endpoint, in the order of the day.
SECTIONS: Final[Mapping[str, object]] = {
    "house": _("Overview"),
    "house_desk": _("Desk"),
    "house_codes": _("Sharing codes"),
    "house_upload": _("Bring in"),
    "house_aside": _("Set aside"),
    "house_accesses": _("Accesses"),
    "house_downloads": _("Downloads"),
}
# Only what is listed is ever shown: the address says which.
DONE: Final[Mapping[str, object]] = {
    "made": _("The file is here. Now take down what the patient says."),
    "given": _("Consent taken down: this establishment’s exams are shared."),
    "renewed": _("Consent taken down anew: this establishment’s exams are shared again."),
    "withdrawn": _("Withdrawal taken down: nothing of this establishment is shared any more."),
    "account": _("The account is tied to this file."),
    "untied": _("The account is tied to this file no longer: it sees nothing of it any more."),
    "involved": _("They are among the patient’s carers now."),
    "left": _("They are no longer among the patient’s carers by this establishment’s word."),
    "revoked": _("The code is revoked, and what it opened is shut."),
    "unchanged": _("It was so already: nothing was changed."),
    "report": _("The report is added to the exam."),
    "taken": _("The file is kept: it is part of its exam."),
    "put": _("Done: the images are in this file. You can take them back below « Set aside »."),
    "put-back": _("Taken back: the images are in no file any more, and wait below."),
    "put-full": _("There is no room left: nothing was moved."),
    "dropped": _("The file was thrown away."),
    "still": _("It is still set aside: what kept it out has not changed."),
    "permitted": _("They may download this establishment’s exams."),
    "forbidden": _("They may no longer download this establishment’s exams."),
}
CONSENT: Final[Mapping[State, object]] = {
    State.NEVER: _("Not asked yet"),
    State.GIVEN: _("Given"),
    State.WITHDRAWN: _("Withdrawn"),
    State.RENEWED: _("Given again"),
}
SEXES: Final[Mapping[str, object]] = {
    "F": _("Female"), "M": _("Male"), "U": _("Unknown"),
}  # fmt: skip
ROLES: Final[Mapping[Role, object]] = {
    Role.RESPONSABLE: _("In charge of the stay"),
    Role.TRAITANT: _("Médecin traitant"),
    Role.CORRESPONDANT: _("Correspondent"),
    Role.DEMANDEUR: _("Asked for the exam"),
}
WORTH: Final[Mapping[Worth, object]] = {
    Worth.VALID: _("Valid"), Worth.EXPIRED: _("Expired"), Worth.REVOKED: _("Revoked"),
}  # fmt: skip
TRAITS: Final[Mapping[str, object]] = {
    "number": _("File number"),
    "establishment": _("Establishment"),
    "birth_name": _("Birth name"),
    "name": _("Birth name"),
    "first_names": _("First names"),
    "first_name": _("First names"),
    "used_name": _("Used name"),
    "used_first_name": _("Used first name"),
    "birth_date": _("Date of birth"),
    "birth_place": _("Place of birth"),
    "sex": _("Sex"),
    "ins": _("National health identity"),
    "ins_oid": _("National health identity"),
    "ins_status": _("National health identity"),
    "patient": _("Patient"),
}
# What a desk told of somebody known, and the file did not take.
KEPT: Final[Mapping[str, object]] = {
    **{
        one: TRAITS[one]
        for one in ("birth_name", "first_names", "used_name", "used_first_name", "birth_place")
    },
    "same_person": _(
        "Another file is of the same person by this identity, and both have things that patients"
        " decided: they stay two. Have your identity unit look at both."
    ),
}
# What a file was set aside or refused for.
REASONS: Final[Mapping[str, object]] = {
    "not-dicom": _("It is no DICOM file."),
    "truncated": _("It is cut off: its end is missing."),
    "malformed": _("It can’t be read: what is in it contradicts itself."),
    "no-identifier": _("It lacks an identifier of its exam, its series or its image."),
    "wrong-identifier": _("An identifier in it is none."),
    "directory": _("It is a directory of files, not an image."),
    "unknown-syntax": _("Its images are encoded in a way that is not known here."),
    "no-decoder": _("Nothing here decodes its images."),
    "no-frame": _("It says that it holds images, and holds none."),
    "wrong-pixels": _("Its images are not as large as it says."),
    "too-large": _("It is larger than what is taken in."),
    "too-many": _("It holds more than what is taken in."),
    "too-deep": _("It is nested more deeply than what is read."),
    "too-slow": _("It took too long to read."),
    "crashed": _("Reading it broke the reader: it may be made to."),
    "busy": _("The reader was busy. Send it again."),
    "other-content": _("Another file of the same identifier is here."),
    "other-establishment": _("Its exam belongs to another establishment."),
    "other-exam": _("Its series belongs to another exam."),
    "other-person": _("Its patient is not the one of the file that it names."),
    "other-file": _("Its exam is in another patient’s file."),
    "no-room": _("There is no room left. Nothing of it was kept: send it again later."),
    "empty": _("It is empty."),
    "unreadable": _("The folder did not give its bytes."),
    "unwritable": _("It could not be written down."),
    "nested": _("An archive within an archive is not opened."),
    "encrypted": _("It is encrypted."),
    "packed": _("It is compressed in a way that is not opened: send it in a usual ZIP archive."),
    "bomb": _("It would swell beyond measure: it was not unpacked."),
    "archive": _("The archive can’t be read."),
    "not-report": _("It is neither a PDF, nor a text, nor a CDA document."),
}
TROUBLES: Final[Mapping[Trouble, tuple[object, object]]] = {
    Trouble.AWAY: (
        _("The login server does not answer"),
        _("The consent is taken down. Make the account later, from the patient’s file."),
    ),
    Trouble.NOT_ALLOWED: (
        _("This portal may not make accounts for your establishment"),
        _("Ask the region’s administrators to give its desk that right; the consent is kept."),
    ),
    Trouble.IDENTITY: (
        _("This patient has an account already"),
        _("Tie it instead: ask them for the identifier on their letter."),
    ),
    Trouble.NAMES: (
        _("Somebody of this name and birth date has an account already"),
        _(
            "If it is this patient, tie it: ask them for the identifier on their letter. If it is"
            " somebody else of the same name, say so below."
        ),
    ),
    Trouble.ADDRESS: (
        _("This e-mail address or telephone is another account’s"),
        _("Give another one, or tie the account that the patient has."),
    ),
    Trouble.UNFIT: (
        _("The account can’t be made from what was given"),
        _("Correct the fields that are marked."),
    ),
    Trouble.NO_MATCH: (
        _("No open account goes by this identifier and this birth date"),
        _("Check both with the patient: the identifier is on their letter."),
    ),
    Trouble.TOO_MANY: (
        _("Too many tries"),
        _("Wait an hour before the next one. The consent is kept."),
    ),
}
