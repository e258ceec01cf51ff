# SPDX-License-Identifier: Apache-2.0
"""Tables of providers."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import KEYED, Base


class ProviderRow(Base):
    """A provider that an administrator added. Never dropped: sessions and links name it."""

    __tablename__ = "providers"
    __table_args__ = KEYED

    alias: Mapped[str] = mapped_column(String(28), primary_key=True)
    # Grows with each change: whatever was begun before it counts no more (BR-012).
    version: Mapped[int] = mapped_column(Integer)
    # BR-010: one issuer is one provider, so that its names for people mean one thing.
    issuer: Mapped[str] = mapped_column(String(512), unique=True)
    # All settings with the secret, sealed under alias and version: who may only write into the
    # database can neither add a provider nor lead one elsewhere.
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)


class ProviderLogoRow(Base):
    """The picture on its button, apart from the row that every process looks at."""

    __tablename__ = "provider_logos"
    __table_args__ = KEYED

    provider: Mapped[str] = mapped_column(ForeignKey("providers.alias"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(16))


class ProviderLinkRow(Base):
    """Who somebody is at a provider: one account, and each account one name there at most."""

    __tablename__ = "provider_links"
    __table_args__ = (UniqueConstraint("account_id", "issuer"), KEYED)

    issuer: Mapped[str] = mapped_column(String(512), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    provider: Mapped[str] = mapped_column(String(28), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    # What its owner had proved here when they made it: it opens no more than that.
    level: Mapped[int] = mapped_column(Integer)
    # What its owner knows it by, as the provider told it when it was made.
    label: Mapped[str] = mapped_column(String(256))
    made_at: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
