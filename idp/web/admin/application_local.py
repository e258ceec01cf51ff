# SPDX-License-Identifier: Apache-2.0
"""The form of an application that leans on us as its local provider: under which names we vouch."""

from flask_babel import lazy_gettext as _

from idp.web.admin.application_shapes import Column, Field, Section

LOCAL_PROVIDER = Section(
    _("Local identity provider"),
    _(
        "For Pro Santé Connect, where it lets people log in here in place of its own page. "
        "Then card and passkey alone open it: nothing else resists a page that imitates this one."
    ),
    (
        Field(
            "policy.profile",
            _("This server is the local identity provider of this application"),
            "choice",
            options=(("", _("No")), ("local-provider", _("Yes"))),
        ),
        Field("oidc.tenant", _("Name under which this platform vouches (tid)")),
        Field(
            "oidc.tenants",
            _("Establishments that vouch under a name of their own"),
            "table",
            columns=(
                Column("name", _("FINESS number")),
                Column("of", _("Name under which it vouches (tid)")),
            ),
            each=_("Establishment %(number)s"),
            more=_("Add an establishment"),
        ),
    ),
    seldom=True,
)
