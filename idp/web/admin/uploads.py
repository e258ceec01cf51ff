# SPDX-License-Identifier: Apache-2.0
"""Files larger than any other form: read of those alone who may bring them."""

from idp.administration.rights import Right
from idp.http.flask_app import Upload
from idp.http.services import Services
from idp.web.visit import Visit

# Beside the file there is a form.
ROOM = 64 * 1024


def large_file(services: Services, most: int, right: Right) -> Upload:
    """A form with a file of so many bytes, for whoever holds a right."""

    def may() -> bool:
        visit = Visit(services)
        session = visit.session
        if session is None:
            return False
        with services.core.database.read() as tx:
            found = services.office.authorities.of_person(tx, session, visit.call.origin)
        return found is not None and found.may(right)

    return Upload(most + ROOM, may)
