# SPDX-License-Identifier: Apache-2.0
"""What pages say of webhooks and their events."""

from flask_babel import lazy_gettext as _l

LABELS = {
    "account.created": _l("An account is made"),
    "account.changed": _l("An account is changed"),
    "account.state": _l("An account is opened, disabled or closed"),
    "request.submitted": _l("Somebody asks to be registered"),
    "request.decided": _l("A request to register is decided"),
    "consent.given": _l("A patient gives their consent"),
    "consent.withdrawn": _l("A patient withdraws their consent"),
    "role.given": _l("A role is given"),
    "role.taken": _l("A role is taken away"),
    "card.revoked": _l("A card is revoked"),
    "webhook.ping": _l("A trial"),
}
STATES = {
    "active": _l("Active"),
    "paused": _l("Paused"),
    "stopped": _l("Stopped: it has failed for days"),
}
DONE = {
    "kept": _l("The webhook is changed."),
    "removed": _l("The webhook is given up."),
    "sent": _l("It is on its way."),
}
FAULTS = {
    "name": _l("A name is a text on one line, of 128 characters at most."),
    "address": _l("A public address that begins with https:// is needed."),
    "events": _l("Choose one event at least."),
    "too-many": _l("There are fifty webhooks already."),
}
