# SPDX-License-Identifier: Apache-2.0
"""Tables of the keys. What a reader of the database must not learn or forge is sealed."""

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Base


class InstallationSecretRow(Base):
    """A random secret made once for the life of the installation."""

    __tablename__ = "installation_secrets"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)


class SigningKeyRow(Base):
    """A key that signs, will sign or has signed; its row stays when the key is gone.

    Its state is told by the times: published from `created_at` until `removed_at` or
    `revoked_at`, signing from `active_from` until `retired_at`. `public` is sealed too: a row
    put in by somebody who holds only the database must never appear in the JWKS. `version`
    grows with every change of the table, so that one MAX() tells that nothing moved.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(16))
    public: Mapped[str] = mapped_column(Text)
    sealed_private: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    active_from: Mapped[int] = mapped_column(BigInteger)
    retired_at: Mapped[int | None] = mapped_column(BigInteger)
    removed_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger, index=True)
