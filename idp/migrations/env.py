# SPDX-License-Identifier: Apache-2.0
"""Alembic's environment: our tables, on the connection that `idp.schema` hands in."""

from alembic import context

from idp.accounts import models as _accounts  # noqa: F401 - fills the metadata
from idp.administration import models as _administration  # noqa: F401
from idp.applications import models as _applications  # noqa: F401
from idp.audit import models as _audit  # noqa: F401
from idp.credentials import models as _credentials  # noqa: F401
from idp.db import Base
from idp.directory import models as _directory  # noqa: F401
from idp.grants import models as _grants  # noqa: F401
from idp.keys import models as _keys  # noqa: F401
from idp.launches import models as _launches  # noqa: F401
from idp.login import models as _login  # noqa: F401
from idp.messages import models as _messages  # noqa: F401
from idp.programs import models as _programs  # noqa: F401
from idp.providers import models as _providers  # noqa: F401
from idp.registration import models as _registration  # noqa: F401
from idp.sessions import models as _sessions  # noqa: F401
from idp.signals import models as _signals  # noqa: F401

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=False,
)
context.run_migrations()
