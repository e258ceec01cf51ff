# SPDX-License-Identifier: Apache-2.0
"""Alembic's environment: our tables, on the connection that `imaging_app.schema` hands in."""

from alembic import context

from imaging_app.access import models as _access  # noqa: F401 - fills the metadata
from imaging_app.consents import models as _consents  # noqa: F401
from imaging_app.db import Base
from imaging_app.exams import models as _exams  # noqa: F401
from imaging_app.limits import models as _limits  # noqa: F401
from imaging_app.notices import models as _notices  # noqa: F401
from imaging_app.people import models as _people  # noqa: F401
from imaging_app.sessions import models as _sessions  # noqa: F401
from imaging_app.sharing import models as _sharing  # noqa: F401
from imaging_app.trace import models as _trace  # noqa: F401

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=False,
)
context.run_migrations()
