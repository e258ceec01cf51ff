# SPDX-License-Identifier: Apache-2.0
"""Tables of the administration."""

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class AnnouncementRow(Base):
    """A notice on the portal, from one moment to another."""

    __tablename__ = "announcements"
    __table_args__ = KEYED

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # info or warning.
    tone: Mapped[str] = mapped_column(String(8))
    french: Mapped[str] = mapped_column(Text)
    english: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[int] = mapped_column(BigInteger)
    ends_at: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)


class RoleGrantRow(Base):
    """A role that somebody holds. Whoever writes into the database alone can make none (WB-053)."""

    __tablename__ = "role_grants"
    __table_args__ = KEYED

    # The id of an account, or `application:` and its key.
    subject: Mapped[str] = mapped_column(String(160), primary_key=True)
    role: Mapped[str] = mapped_column(String(32), primary_key=True)
    # The perimeter; empty for the whole region.
    establishment: Mapped[str] = mapped_column(String(16), primary_key=True)
    granted_at: Mapped[int] = mapped_column(BigInteger)
    granted_by: Mapped[str] = mapped_column(String(160))
    mark: Mapped[bytes] = mapped_column(LargeBinary)


class AccountChangeRow(Base):
    """A change that an administrator made to an account."""

    __tablename__ = "account_changes"
    __table_args__ = (Index("ix_account_changes_account_id", "account_id", "at"), KEYED)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    # Microseconds.
    at: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(16))
    # Sealed: what was before, what came after, and why.
    document: Mapped[str] = mapped_column(Text)
    undone_at: Mapped[int | None] = mapped_column(BigInteger)


class RegionChangeRow(Base):
    """A change that an administrator made to what belongs to the region."""

    __tablename__ = "region_changes"
    __table_args__ = (Index("ix_region_changes_subject", "subject", "at"), KEYED)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # What it is, a colon, and its key: establishment:370000481.
    subject: Mapped[str] = mapped_column(String(160))
    # Microseconds.
    at: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(16))
    # Sealed: what was before, and what came after.
    document: Mapped[str] = mapped_column(Text)
    undone_at: Mapped[int | None] = mapped_column(BigInteger)


class ProposalRow(Base):
    """A grave act that waits until a second administrator has agreed."""

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_state", "state", "proposed_at"), KEYED)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    # The right that the act needs, of whoever proposes and of whoever agrees.
    needs: Mapped[str] = mapped_column(String(32))
    # Sealed: what the act is made from.
    document: Mapped[str] = mapped_column(Text)
    # Keyed hash of kind and document: the same act is not proposed twice.
    same: Mapped[bytes] = mapped_column(LargeBinary)
    proposed_by: Mapped[str] = mapped_column(String(160))
    proposed_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    # open, agreed, declined or withdrawn.
    state: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str] = mapped_column(String(160), server_default=text("''"))
    decided_at: Mapped[int | None] = mapped_column(BigInteger)


class SavedViewRow(Base):
    """A search that somebody keeps by a name, for themselves."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("account_id", "page", "name", name="uq_saved_views_account_id"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    # The list that it is a search in: accounts, requests…
    page: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    # Sealed: the fields of the search.
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)


class HourRow(Base):
    """How often something happened within an hour: counted from the audit, kept apart from it."""

    __tablename__ = "figures_by_hour"
    __table_args__ = KEYED

    # Before the hour: a chart asks for few kinds, over many hours.
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    # When it began.
    hour: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    outcome: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class DayRow(Base):
    """The logins of a day, told apart by all that is asked about them."""

    __tablename__ = "figures_by_day"
    __table_args__ = KEYED

    # When it began, where people are.
    day: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    # Empty where it is about no application, or no means.
    application: Mapped[str] = mapped_column(String(128), primary_key=True)
    means: Mapped[str] = mapped_column(String(64), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(64), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class HouseDayRow(Base):
    """The logins of the people of an establishment on a day."""

    __tablename__ = "figures_by_house"
    __table_args__ = KEYED

    # First: a page asks for one establishment, over some days.
    establishment: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    # Empty where it is about none.
    means: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class CountingRow(Base):
    """How far a count has come along the seals of the audit."""

    __tablename__ = "countings"
    __table_args__ = KEYED

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[int] = mapped_column(BigInteger)


class VerificationRow(Base):
    """One proof of the audit that somebody asked for in the console."""

    __tablename__ = "audit_verifications"
    __table_args__ = (Index("ix_audit_verifications_asked_at", "asked_at"), KEYED)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    asked_by: Mapped[str] = mapped_column(String(160))
    asked_at: Mapped[int] = mapped_column(BigInteger)
    # Whoever proves it tells now and then that they are still at it.
    seen_at: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    # whole, broken, failed; empty while it goes on.
    verdict: Mapped[str] = mapped_column(String(8))
    unsealed: Mapped[int] = mapped_column(BigInteger)
    # The first faults, as JSON, and how many there were beyond these.
    faults: Mapped[str] = mapped_column(Text)
    more: Mapped[int] = mapped_column(BigInteger)


class PatientConsentRow(Base):
    """One patient's consent, collected by one establishment; a withdrawn one stays as a proof."""

    __tablename__ = "patient_consents"
    __table_args__ = (
        UniqueConstraint("account_id", "establishment", "stands"),
        Index("ix_patient_consents_establishment", "establishment", "given_at"),
        Index("ix_patient_consents_account_id", "account_id"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    establishment: Mapped[str] = mapped_column(ForeignKey("establishments.key"))
    given_at: Mapped[int] = mapped_column(BigInteger)
    given_by: Mapped[str] = mapped_column(String(160))
    # Which text was agreed to.
    text_version: Mapped[str] = mapped_column(String(32))
    # 1, or nothing once it is withdrawn: of those there may be many.
    stands: Mapped[int | None] = mapped_column(Integer)
    withdrawn_at: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_by: Mapped[str] = mapped_column(String(160), default="")
    # 1: it was the last one, and the account was disabled with it; a new consent opens it again.
    closed_account: Mapped[int] = mapped_column(Integer, default=0)


class PatientLetterRow(Base):
    """A letter that was printed: never the letter itself, which holds a password."""

    __tablename__ = "patient_letters"
    __table_args__ = (Index("ix_patient_letters_account_id", "account_id", "printed_at"), KEYED)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    # In whose name; empty where nobody's.
    establishment: Mapped[str] = mapped_column(String(16), default="")
    printed_at: Mapped[int] = mapped_column(BigInteger)
    printed_by: Mapped[str] = mapped_column(String(160))
    # Which password it told of, so that an overtaken letter is known as one.
    mark: Mapped[str] = mapped_column(String(43))
    # The day on which the patient was given it, who says so, and when.
    handed_on: Mapped[str] = mapped_column(String(10), default="")
    handed_by: Mapped[str] = mapped_column(String(160), default="")
    handed_at: Mapped[int | None] = mapped_column(BigInteger)


class ImportRunRow(Base):
    """A file of people, from its reading to its end, so that any process can go on with it."""

    __tablename__ = "import_runs"
    __table_args__ = (Index("ix_import_runs_created_at", "created_at"), KEYED)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    # accounts or patients.
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(128))
    # Where the people belong; empty for the whole region.
    establishment: Mapped[str] = mapped_column(String(16), default="")
    population: Mapped[str] = mapped_column(String(16), default="")
    state: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str] = mapped_column(String(160))
    # Where they said so by a token: its application, and the rights that it was given for; JSON.
    token: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    encoding: Mapped[str] = mapped_column(String(16))
    delimiter: Mapped[str] = mapped_column(String(4))
    # The header as written, and which field each column fills; JSON.
    header: Mapped[str] = mapped_column(Text)
    mapping: Mapped[str] = mapped_column(Text)
    # Rows in it, and the line up to which the present stage has come.
    rows: Mapped[int] = mapped_column(Integer, default=0)
    position: Mapped[int] = mapped_column(Integer, default=0)
    # How many of each verdict and outcome; JSON.
    counts: Mapped[str] = mapped_column(Text, default="{}")
    fault: Mapped[str] = mapped_column(String(64), default="")
    taken_by: Mapped[str] = mapped_column(String(64), default="")
    taken_until: Mapped[int] = mapped_column(BigInteger, default=0)


class ImportLineRow(Base):
    """One line of such a file: what it says, sealed until the end, and what became of it."""

    __tablename__ = "import_lines"
    __table_args__ = KEYED

    run_id: Mapped[str] = mapped_column(ForeignKey("import_runs.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    cells: Mapped[str | None] = mapped_column(Text)
    # create, change, unchanged or fault; empty before the dry run.
    verdict: Mapped[str] = mapped_column(String(16), default="")
    why: Mapped[str] = mapped_column(String(300), default="")
    # made, changed, failed, undone, kept; empty before.
    outcome: Mapped[str] = mapped_column(String(16), default="")
    account_id: Mapped[str | None] = mapped_column(String(43))
    # What can be undone of a change.
    change: Mapped[str] = mapped_column(Text, default="")


class ImportMappingRow(Base):
    """Which columns fill which fields, for the next file with the same header."""

    __tablename__ = "import_mappings"
    __table_args__ = KEYED

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    # SHA-256 of the header.
    header: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping: Mapped[str] = mapped_column(Text)
    # Nobody is led by what somebody of another house chose.
    saved_by: Mapped[str] = mapped_column(String(160), primary_key=True)
    saved_at: Mapped[int] = mapped_column(BigInteger)
