# SPDX-License-Identifier: Apache-2.0
"""What pages say of invitations, by which applications register themselves."""

from flask_babel import lazy_gettext as _l

STATES = {
    "good": (_l("Good"), "good"),
    "used": (_l("Used"), "quiet"),
    "over": (_l("Over"), "quiet"),
    "withdrawn": (_l("Withdrawn"), "bad"),
}
DONE = {"withdrawn": _l("The invitation is withdrawn.")}
FAULTS = {
    "label": _l("A text on one line, of 128 characters at most, is needed."),
    "places": _l("A number from 1 to 1000 is expected."),
    "days": _l("A number of days from 1 to 366 is expected."),
    "scopes": _l("One of these opens the administration: register that application yourself."),
    "grants": _l("Choose one at least."),
    "methods": _l("Choose one at least."),
    "means": _l("Choose one at least."),
    "hosts": _l("Fifty at most, one a line."),
    "other": _l("This can't be kept as it is."),
}
