# SPDX-License-Identifier: Apache-2.0
"""A study, its series and its images are unique within an establishment: several may hold one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# SQLite changes no key of a table that is there: these are made anew, in this order.
ANEW = ("exams", "series", "images", "reports")
INDEXES = (
    ("ix_exams_establishment", "exams", ["establishment", "taken_on"], False),
    ("ix_exams_file", "exams", ["file"], False),
    ("ix_exams_patient", "exams", ["patient", "taken_on"], False),
    ("ix_series_exam", "series", ["exam"], False),
    ("ix_reports_signed_at", "reports", ["signed_at"], False),
    ("uq_reports_exam", "reports", ["exam", "version"], True),
)
BEFORE = ("ix_images_series", "images", ["series", "number", "uid"], False)
NOW = ("ix_images_exam", "images", ["exam", "series", "number", "uid"], False)
SHARED = sa.text("SELECT uid FROM exams GROUP BY uid HAVING count(*) > 1 LIMIT 1")
SHARED_IMAGES = sa.text("SELECT uid FROM images GROUP BY uid HAVING count(*) > 1 LIMIT 1")


class HeldBySeveral(Exception):
    """A study that several establishments hold has no place in the schema before."""


def upgrade() -> None:
    """Bring the schema up."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(by_house=True)
    else:
        _widen()


def downgrade() -> None:
    """Take it down again, where no two establishments hold the same."""
    bind = op.get_bind()
    if bind.execute(SHARED).first() or bind.execute(SHARED_IMAGES).first():
        raise HeldBySeveral("several establishments hold the same study")
    if bind.dialect.name == "sqlite":
        _make_anew(by_house=False)
    else:
        _narrow()


def _widen() -> None:
    op.drop_constraint("uq_exams_uid", "exams", type_="unique")
    op.create_unique_constraint("uq_exams_uid", "exams", ["uid", "establishment"])
    op.drop_constraint("fk_images_series", "images", type_="foreignkey")
    for name in ("series", "images"):
        op.add_column(name, sa.Column("establishment", sa.String(length=16), nullable=True))
        op.execute(
            f"UPDATE {name} SET establishment = exams.establishment"  # noqa: S608 - our names
            f" FROM exams WHERE exams.id = {name}.exam"
        )
        op.alter_column(name, "establishment", nullable=False)
        op.drop_constraint(f"pk_{name}", name, type_="primary")
        op.create_primary_key(f"pk_{name}", name, ["uid", "establishment"])
    there = ["uid", "establishment"]
    op.create_foreign_key(
        "fk_images_series", "images", "series", ["series", "establishment"], there
    )
    op.drop_index(BEFORE[0], table_name="images")
    op.create_index(*NOW[:3])


def _narrow() -> None:
    op.drop_index(NOW[0], table_name="images")
    op.create_index(*BEFORE[:3])
    op.drop_constraint("fk_images_series", "images", type_="foreignkey")
    for name in ("images", "series"):
        op.drop_constraint(f"pk_{name}", name, type_="primary")
        op.drop_column(name, "establishment")
        op.create_primary_key(f"pk_{name}", name, ["uid"])
    op.create_foreign_key("fk_images_series", "images", "series", ["series"], ["uid"])
    op.drop_constraint("uq_exams_uid", "exams", type_="unique")
    op.create_unique_constraint("uq_exams_uid", "exams", ["uid"])


def _make_anew(*, by_house: bool) -> None:
    """Beside the old ones, which then go, the last of them first: no row is without its parent."""
    bind = op.get_bind()
    old = sa.MetaData()
    old.reflect(bind, only=[*ANEW, "files", "patients"])
    for name in ANEW:
        _make(old.tables[name], by_house=by_house)
        _copy(old.tables[name])
    for name in reversed(ANEW):
        op.drop_table(name)
    # What refers to a table by its name follows it.
    for name in ANEW:
        op.rename_table(f"{name}_anew", name)
    for name, table, columns, unique in (*INDEXES, NOW if by_house else BEFORE):
        op.create_index(name, table, columns, unique=unique)


def _make(table: sa.Table, *, by_house: bool) -> None:
    kept = [one for one in table.columns if one.name != "establishment" or table.name == "exams"]
    columns = [sa.Column(one.name, one.type, nullable=one.nullable) for one in kept]
    if by_house and table.name in {"series", "images"}:
        place = next(n for n, one in enumerate(columns) if one.name == "exam")
        columns.insert(place, sa.Column("establishment", sa.String(length=16), nullable=False))
    op.create_table(
        f"{table.name}_anew", *columns, *_keys(table.name, by_house=by_house),
        sqlite_with_rowid=False,
    )  # fmt: skip


def _keys(name: str, *, by_house: bool) -> list[sa.Constraint]:
    house = ["establishment"] if by_house else []
    to_exam = sa.ForeignKeyConstraint(["exam"], ["exams_anew.id"], name=f"fk_{name}_exam")
    if name == "exams":
        return [
            sa.ForeignKeyConstraint(["file"], ["files.id"], name="fk_exams_file"),
            sa.ForeignKeyConstraint(["patient"], ["patients.id"], name="fk_exams_patient"),
            sa.PrimaryKeyConstraint("id", name="pk_exams"),
            sa.UniqueConstraint("uid", *house, name="uq_exams_uid"),
        ]
    if name == "reports":
        return [to_exam, sa.PrimaryKeyConstraint("id", name="pk_reports")]
    keys: list[sa.Constraint] = [to_exam, sa.PrimaryKeyConstraint("uid", *house, name=f"pk_{name}")]
    if name == "images":
        there = [f"series_anew.{one}" for one in ("uid", *house)]
        keys.append(sa.ForeignKeyConstraint(["series", *house], there, name="fk_images_series"))
    return keys


def _copy(old: sa.Table) -> None:
    """Row by row; the establishment is that of the exam."""
    made = sa.MetaData()
    new = sa.Table(f"{old.name}_anew", made, autoload_with=op.get_bind())
    exams = sa.table("exams_anew", sa.column("id"), sa.column("establishment"))
    house = sa.select(exams.c.establishment)
    values = [
        old.c[one.name]
        if one.name in old.c
        else house.where(exams.c.id == old.c.exam).scalar_subquery()
        for one in new.columns
    ]
    op.execute(sa.insert(new).from_select([one.name for one in new.columns], sa.select(*values)))
