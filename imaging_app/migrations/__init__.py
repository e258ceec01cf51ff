# SPDX-License-Identifier: Apache-2.0
"""The schema's versions, by Alembic: `imaging_app.schema` runs them. Owns DDL, no rule of data."""
