# SPDX-License-Identifier: Apache-2.0
"""Sentences for people that are the portal's own; those of the login are the kit's examples'."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from imaging_app.access.visitor import Kind
from relying_parties.words import HOME, ErrorText, error_text

PAGES: Mapping[object, ErrorText] = {
    "no-place-here": ErrorText(
        _("This portal is not open to your account"),
        _(
            "It is for practitioners with a national number, for patients, and for the staff of"
            " establishments. If you are one of them, write to the support below: your account"
            " lacks what says so."
        ),
        HOME,
    ),
    "not-your-space": ErrorText(
        _("This page belongs to another space"),
        _("You are signed in, and what you may open is on your own home page."),
        HOME,
    ),
    "file-not-open": ErrorText(
        _("This file is not open any more"),
        _(
            "Your software has opened another one since, or you signed in anew. Open it again from"
            " your software."
        ),
        HOME,
    ),
}
KINDS: Mapping[Kind, object] = {
    Kind.PROFESSIONAL: _("Health professional"),
    Kind.PATIENT: _("Patient"),
    Kind.STAFF: _("Establishment"),
}


def page_text(reason: object) -> ErrorText:
    """The page for a refusal or a status."""
    return PAGES.get(reason) or error_text(reason)
