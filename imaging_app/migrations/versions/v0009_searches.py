# SPDX-License-Identifier: Apache-2.0
"""Searches over all exams read what they order and narrow by from an index."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OVER = ["patient", "taken_on", "taken_time", "hidden", "modalities"]


def upgrade() -> None:
    """Bring the schema up."""
    op.drop_index("ix_exams_patient", "exams")
    op.create_index("ix_exams_patient", "exams", OVER)
    op.create_index("ix_exams_newest", "exams", ["taken_on", "taken_time", "id"])
    op.create_index("ix_exams_accession", "exams", ["accession"])
    op.create_index("ix_files_number", "files", ["number"])


def downgrade() -> None:
    """Take it down again."""
    op.drop_index("ix_files_number", "files")
    op.drop_index("ix_exams_accession", "exams")
    op.drop_index("ix_exams_newest", "exams")
    op.drop_index("ix_exams_patient", "exams")
    op.create_index("ix_exams_patient", "exams", ["patient", "taken_on"])
