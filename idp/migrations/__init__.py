# SPDX-License-Identifier: Apache-2.0
"""The schema's versions, by Alembic: `idp.schema` runs them. Owns DDL, and no rule about data."""
