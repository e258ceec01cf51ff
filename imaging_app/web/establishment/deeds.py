# SPDX-License-Identifier: Apache-2.0
"""What the trace says was done, in the words of whoever reads it at an establishment."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _

from imaging_app.access.actions import Action
from imaging_app.access.finding import TOLD
from imaging_app.access.motives import Motive
from imaging_app.exams.retention import REMOVED

DEEDS: Final[Mapping[str, object]] = {
    Action.EXAM_OPEN: _("Opened an exam"),
    Action.EXAM_IMAGES: _("Looked at images"),
    Action.EXAM_REPORT: _("Read a report"),
    Action.EXAM_DOWNLOAD: _("Downloaded an exam"),
    Action.EXAM_SEEN: _("Marked a result as seen"),
    Action.EXAM_TELL: _("Marked an exam as told"),
    Action.EXAM_SHARE: _("Shared an exam"),
    REMOVED: _("Removed at the end of its time"),
    Action.EXAM_ADD: _("Added a report"),
    TOLD: _("Entered in an emergency"),
    Action.FILE_OPEN: _("Opened a file"),
    Action.FILE_DESK: _("Opened a file at the desk"),
    Action.FILE_CONSENT: _("Took down a consent"),
    Action.FILE_ACCOUNT: _("Made or tied an account"),
    Action.FILE_UNTIE: _("Took back the tie to an account"),
    Action.FILE_PUT: _("Put images into a file by hand"),
    Action.FILE_TAKE_OUT: _("Took images out of a file again"),
    Action.FILE_CODE: _("Issued a code"),
    Action.FILE_INVOLVE: _("Changed who cares"),
    Action.CODE_REVOKE: _("Revoked a code"),
    Action.HOUSE_DESK: _("Made or found a file"),
    Action.HOUSE_UPLOAD: _("Brought exams in"),
    Action.HOUSE_CODES: _("Read the list of codes"),
    Action.HOUSE_TRACE: _("Read the accesses"),
    Action.HOUSE_DOWNLOADS: _("Decided about downloads"),
}
MOTIVES: Final[Mapping[str, object]] = {
    Motive.CONSULTATION: _("Seen in consultation"),
    Motive.HOSPITALISATION: _("In my department"),
    Motive.TRAITANT: _("Médecin traitant"),
    Motive.URGENCE: _("Emergency"),
}
