# SPDX-License-Identifier: Apache-2.0
"""The announcements of the moment, as pages show them."""

from flask_babel import get_locale

from idp.administration.region.announcements import Announcements
from idp.http.services import Core

MOST_ON_LOGIN = 1


def shown_announcements(core: Core, most: int | None = None) -> list[dict[str, str]]:
    """In the reader's language, the most pressing first, as many as there is room for."""
    locale = str(get_locale())
    with core.database.read() as tx:
        running = Announcements(core.clock, core.entropy, core.audit).running(tx)
    return [{"kind": one.tone.value, "text": one.text(locale)} for one in running[:most]]
