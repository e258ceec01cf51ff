# SPDX-License-Identifier: Apache-2.0
"""What responders last said, kept while it holds; that a certificate is revoked, for good."""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from idp.db import Tx, table_of
from idp.marks import Marks
from idp.trust.models import RevocationAnswerRow
from idp.trust.ocsp import Answer
from idp.trust.serials import as_bytes

table = table_of(RevocationAnswerRow)
FIND = select(table.c.good, table.c.issued_at, table.c.valid_until, table.c.mark).where(
    table.c.authority == bindparam("authority_"), table.c.serial == bindparam("serial_")
)
NEW = upsert(table)
# An answer that is older than the one we have changes nothing.
PUT = NEW.on_conflict_do_update(
    index_elements=["authority", "serial"],
    set_={name: NEW.excluded[name] for name in ("good", "issued_at", "valid_until", "mark")},
    where=table.c.issued_at <= NEW.excluded.issued_at,
)
# « Revoked » outlives its time: nothing newer may be had.
OLD = delete(table).where(table.c.good == 1, table.c.valid_until < bindparam("before"))


class Answers:
    """Its verbs; each takes the caller's transaction."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def find(self, tx: Tx, authority: str, serial: int) -> Answer | None:
        """The last answer about a certificate, of now or of before."""
        number = as_bytes(serial).hex()
        row = tx.execute(FIND, {"authority_": authority, "serial_": number}).first()
        if row is None:
            return None
        *values, mark = row
        if not self._marks.fits(mark, "revocation_answers", authority, number, *values):
            return None
        return Answer(bool(row.good), row.issued_at, row.valid_until)

    def put(self, tx: Tx, authority: str, serial: int, answer: Answer) -> None:
        """Keep an answer."""
        number = as_bytes(serial).hex()
        row: dict[str, str | int] = {
            "authority": authority,
            "serial": number,
            "good": int(answer.good),
            "issued_at": answer.issued_at,
            "valid_until": answer.valid_until,
        }
        mark = self._marks.of("revocation_answers", *row.values())
        tx.execute(PUT, {**row, "mark": mark})

    def forget_old(self, tx: Tx, before: int) -> None:
        """What held until then."""
        tx.execute(OLD, {"before": before})
