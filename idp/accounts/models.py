# SPDX-License-Identifier: Apache-2.0
"""Tables of the person."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base

# Compared sign by sign on both databases, whatever the language of the server (RL-20).
SORTED = String(256).with_variant(String(256, collation="C"), "postgresql")
WORD = String(64).with_variant(String(64, collation="C"), "postgresql")


class AccountRow(Base):
    """One person. The id never changes and is never given again (WB-017)."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index("ix_accounts_sort_name", "sort_name"),
        Index("ix_accounts_population", "population", "sort_name"),
        Index("ix_accounts_state", "state", "sort_name"),
        Index("ix_accounts_birth_date", "birth_date"),
        KEYED,
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    population: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    identifier: Mapped[str] = mapped_column(String(256))
    # With its prefix digit (8 RPPS, 0 ADELI…): one account for one national identifier, ever.
    national_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    civility: Mapped[str] = mapped_column(String(16), default="")
    first_name: Mapped[str] = mapped_column(String(128))
    last_name: Mapped[str] = mapped_column(String(128))
    birth_name: Mapped[str] = mapped_column(String(128), default="")
    birth_date: Mapped[str] = mapped_column(String(10), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    email_verified: Mapped[int] = mapped_column(Integer, default=0)
    phone: Mapped[str] = mapped_column(String(32), default="")
    phone_verified: Mapped[int] = mapped_column(Integer, default=0)
    profession: Mapped[str] = mapped_column(String(128), default="")
    speciality: Mapped[str] = mapped_column(String(128), default="")
    town: Mapped[str] = mapped_column(String(128), default="")
    locale: Mapped[str] = mapped_column(String(8), default="fr")
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    # When it was last opened: no session from before a closure comes back to life (SE-004).
    open_since: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # What is new can't be used for a reset at once (CR-047).
    email_changed_at: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    phone_changed_at: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # Where it stands in lists (`idp.accounts.values.sort_name`).
    sort_name: Mapped[str] = mapped_column(SORTED, server_default=text("''"))
    # 0 for never.
    last_login_at: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    # Of a duplicate that was given up: the account that its names lead to.
    merged_into: Mapped[str | None] = mapped_column(String(43))


class AccountWordRow(Base):
    """A word that an account is found by (`idp.accounts.words`)."""

    __tablename__ = "account_words"
    __table_args__ = (Index("ix_account_words_account_id", "account_id", "word"), KEYED)

    word: Mapped[str] = mapped_column(WORD, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)


class AccountNameRow(Base):
    """What a person may type to name themselves: identifier or e-mail, folded once."""

    __tablename__ = "account_names"
    __table_args__ = KEYED

    folded: Mapped[str] = mapped_column(String(512), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))


class CommunityRow(Base):
    """A network that accounts belong to and that opens applications."""

    __tablename__ = "communities"
    __table_args__ = KEYED

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    # Whether establishments may put their people into it; otherwise the region alone does.
    open_to_houses: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class MembershipRow(Base):
    """An account in a community."""

    __tablename__ = "account_communities"
    __table_args__ = (
        Index("ix_account_communities_community", "community", "account_id"),
        KEYED,
    )

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    community: Mapped[str] = mapped_column(ForeignKey("communities.key"), primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger)


class FormerNationalIdRow(Base):
    """A national identifier that an account had before: nobody else is ever given it."""

    __tablename__ = "former_national_ids"
    __table_args__ = KEYED

    national_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    replaced_at: Mapped[int] = mapped_column(BigInteger)


class EstablishmentRow(Base):
    """An organisation that people belong to: the perimeter of a delegated administrator."""

    __tablename__ = "establishments"
    __table_args__ = KEYED

    # Its FINESS number.
    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    town: Mapped[str] = mapped_column(String(128), default="")
    post_code: Mapped[str] = mapped_column(String(16), default="")
    support_email: Mapped[str] = mapped_column(String(254), default="")
    support_phone: Mapped[str] = mapped_column(String(32), default="")
    # active or closed.
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class AffiliationRow(Base):
    """An account in an establishment: for a professional where they work, for a patient where
    their consent was collected. Whoever administers the establishment sees the account.
    """

    __tablename__ = "account_establishments"
    __table_args__ = (
        Index("ix_account_establishments_establishment", "establishment", "account_id"),
        KEYED,
    )

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    establishment: Mapped[str] = mapped_column(ForeignKey("establishments.key"), primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger)


class ParticularsRow(Base):
    """Where somebody can be reached, and who may see it in the directory."""

    __tablename__ = "account_particulars"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    # public, professionals or hidden.
    visibility: Mapped[str] = mapped_column(String(16))
    # Of the exercise (TRE_R11): DR, PR…
    title: Mapped[str] = mapped_column(String(16), default="")
    # Codes of the nomenclatures; the labels are in `accounts`.
    profession_code: Mapped[str] = mapped_column(String(16), default="")
    speciality_code: Mapped[str] = mapped_column(String(16), default="")
    country: Mapped[str] = mapped_column(String(64), default="")
    street: Mapped[str] = mapped_column(String(256), default="")
    po_box: Mapped[str] = mapped_column(String(64), default="")
    post_code: Mapped[str] = mapped_column(String(16), default="")
    cedex: Mapped[str] = mapped_column(String(64), default="")
    department: Mapped[str] = mapped_column(String(128), default="")
    landline: Mapped[str] = mapped_column(String(32), default="")
    emergency_phone: Mapped[str] = mapped_column(String(32), default="")
    fax: Mapped[str] = mapped_column(String(32), default="")


class ActivityRow(Base):
    """Where and as what a professional practises, as an administrator wrote it.

    What the national register knows of them stands there and is not copied.
    """

    __tablename__ = "account_activities"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32), primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    profession_code: Mapped[str] = mapped_column(String(16))
    profession: Mapped[str] = mapped_column(String(128))
    category: Mapped[str] = mapped_column(String(16))
    speciality_code: Mapped[str] = mapped_column(String(16))
    speciality: Mapped[str] = mapped_column(String(128))
    mode: Mapped[str] = mapped_column(String(16))
    sector: Mapped[str] = mapped_column(String(16))
    finess: Mapped[str] = mapped_column(String(16))
    siret: Mapped[str] = mapped_column(String(16))
    structure: Mapped[str] = mapped_column(String(128))
    post_code: Mapped[str] = mapped_column(String(16))
    town: Mapped[str] = mapped_column(String(128))
    phone: Mapped[str] = mapped_column(String(32))
    section: Mapped[str] = mapped_column(String(16))
    structure_number: Mapped[str] = mapped_column(String(16))


class SourceRow(Base):
    """What somebody who vouches for a person tells of them: as they told it last, in one piece."""

    __tablename__ = "account_sources"
    __table_args__ = KEYED

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    # The means by which it is told.
    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    # JSON; see `idp.accounts.sources`.
    told: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[int] = mapped_column(BigInteger)


LISTED_BY = ("town", "profession", "speciality")


class ListingRow(Base):
    """Somebody who wishes to be found in the Annuaire, by each part of their name; nobody else is
    here. Folded texts are bytes, so that every database sorts them alike.
    """

    __tablename__ = "account_listings"
    __table_args__ = (
        # All that a search by one of these reads, so that the others cost no look into the table.
        *(
            Index(
                f"ix_account_listings_{one}",
                *("audience", one, "part", "name", "second", "account_id"),
                *(other for other in LISTED_BY if other != one),
            )
            for one in LISTED_BY
        ),
        KEYED,
    )

    # 1: everybody's list; 2: that of professionals, with the people of the first one.
    audience: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    second: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True, index=True)
    # 0: the whole name; then the parts of it, from the second one on.
    part: Mapped[int] = mapped_column(Integer)
    town: Mapped[bytes] = mapped_column(LargeBinary)
    profession: Mapped[bytes] = mapped_column(LargeBinary)
    speciality: Mapped[bytes] = mapped_column(LargeBinary)
