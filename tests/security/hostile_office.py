# SPDX-License-Identifier: Apache-2.0
"""A region all of whose stored texts are hostile, as if nothing had been refused on the way in."""

import json
from typing import Any

from sqlalchemy import String, update

from idp.accounts.models import AccountRow
from idp.accounts.values import State
from idp.db import Base
from idp.origin import Origin
from tests.activities import HOSPITAL
from tests.administration.kit import CHU, Opened
from tests.administration.requests_kit import ask, someone
from tests.administration.scenes import Scene
from tests.security.hostile import ATTRIBUTE, HOSTILE, SHORT, hostile_application

AGENT = f"Mozilla/5.0 Firefox/1 {HOSTILE}"[:256]
# Texts that are kept as they are. What is sealed, or is a document, is brought in by its service.
TEXTS: dict[str, str] = {
    "accounts": "civility first_name last_name birth_name email phone profession speciality town",
    "account_activities": "profession speciality structure post_code town phone",
    "account_particulars": (
        "title profession_code speciality_code country street po_box post_code cedex department "
        "landline emergency_phone fax"
    ),
    "announcements": "french english",
    "cards": "family authority certificate_serial",
    "communities": "name",
    "directory_generations": "path started_by fault",
    "directory_lines": "last_name first_name profession speciality structure town phone title",
    "directory_rejects": "reason text",
    "directory_structures": "name category address town phone",
    "establishments": "name town post_code support_email support_phone",
    "import_lines": "why",
    "import_runs": "name fault",
    "messages": "shown provider_ref fault",
    "passkeys": "name model",
    "registration_requests": "email",
    "revocation_sources": "url fault",
    "saved_views": "name",
    "sessions": "user_agent address",
    "webhook_deliveries": "event fault",
    "webhooks": "name",
}


def poison(office: Opened, scene: Scene) -> str:
    """Every text of everything that is there; a request that is like somebody's account."""
    world, desk = office.world, office.world.provider.services.office
    core, command = world.core, desk.authorities.of_command(Origin("192.0.2.9", AGENT, "x" * 12))
    staff = [office.people[one].id for one in ("administrateur",)]
    request = ask(
        core,
        **someone(910, last_name=text_of(128), first_name=text_of(128), establishment=CHU)
        | {"street": text_of(256), "city": text_of(128), "birth_name": text_of(128)}
        | {"email": "inside-professional@mail.example"},
    )
    with core.database.write() as tx:
        core.applications.register(tx, hostile_application("hostile"))
        desk.queue.note(tx, command, request.id, HOSTILE)
        assert desk.practising.write(tx, command, scene.professional, [HOSPITAL]) is True
        desk.people.set_state(tx, command, scene.double, State.DISABLED, HOSTILE)
        desk.views.keep(tx, office.authority("administrateur"), "accounts", "x", {"text": HOSTILE})
        header = json.dumps([HOSTILE, ATTRIBUTE])
        for table, names in TEXTS.items():
            model = Base.metadata.tables[table]
            values: dict[str, Any] = {
                name: text_of(length(model.c[name])) for name in names.split()
            }
            if table == "import_runs":
                values["header"] = header
            statement = update(model).values(values)
            if model is AccountRow.__table__:
                statement = statement.where(model.c.id.not_in(staff))
            tx.execute(statement)
    return request.id


def length(column: Any) -> int:
    """How much of it there is room for."""
    return (column.type.length if isinstance(column.type, String) else None) or 400


def text_of(room: int) -> str:
    """As much harm as fits."""
    return (SHORT if room < 64 else ATTRIBUTE + HOSTILE)[:room]
