# SPDX-License-Identifier: Apache-2.0
"""A browser and its system by name, as far as it tells."""

from flask_babel import gettext as _

from idp.messages.shown import browser_and_system


def describe_device(user_agent: str) -> str:
    """« Firefox on Windows », or that it isn't known."""
    browser, system = browser_and_system(user_agent)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("Unknown device"))
