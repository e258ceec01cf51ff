# SPDX-License-Identifier: Apache-2.0
"""Whether an application may act while its people are away: its fields in its form."""

from typing import Final

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Field, Section

LASTING: Final = Section(
    _("Access while people are away"),
    _(
        "Access that lasts ends with the person’s login, unless you choose otherwise here. People "
        "are always asked, see it in their account, and can end it there."
    ),
    (
        Field(
            "oidc.refresh",
            _("Access that lasts (refresh_token)"),
            "choice",
            _("The second only for what really works at night, or on a device that stays on."),
            options=(
                ("session", _("Ends with the login")),
                ("lasting", _("Goes on after a logout, if asked for (offline_access)")),
            ),
        ),
        Field(
            "oidc.refresh_idle",
            _("Ends if it is not used for so many seconds"),
            "number",
            _("Empty: as long as this server lets it. It never lasts longer than that."),
        ),
        Field(
            "oidc.refresh_life",
            _("Ends in any case after so many seconds"),
            "number",
            _("Empty: as long as this server lets it. It never lasts longer than that."),
        ),
    ),
    seldom=True,
)
