# SPDX-License-Identifier: Apache-2.0
"""The form of an application that reads headers: what its proxy is told."""

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import CHOOSE, Column, Field, Section

HEADERS = Section(
    _("What its proxy is told"),
    _("The proxy asks at each request, by the application’s secret, and writes headers."),
    (
        Field("headers.origins", _("Its addresses"), "lines", _("Scheme and host, one a line.")),
        Field(
            "headers.names",
            _("Headers"),
            "table",
            required=True,
            columns=(
                Column("of", _("What of the person"), "choice", CHOOSE),
                Column("name", _("Header that the application reads")),
            ),
            each=_("Header %(number)s"),
            more=_("Add a header"),
        ),
        Field(
            "headers.values",
            _("Letters beyond ASCII"),
            "choice",
            options=(("utf-8", _("As UTF-8")), ("percent", _("As %XX"))),
        ),
        Field("headers.signed_header", _("Header that holds the same, signed")),
        Field("headers.signed_life", _("The signature is good for so many seconds"), "number"),
        Field("headers.logout_path", _("Path of its logout")),
        Field("headers.logged_out", _("Where a logout leads")),
        Field("headers.sector", _("Group of applications that share it")),
    ),
)
