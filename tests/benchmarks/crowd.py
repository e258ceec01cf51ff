# SPDX-License-Identifier: Apache-2.0
"""A region's people for the console's benchmark: names as common and as rare as real ones are."""

import random
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from idp.accounts import listing, particulars
from idp.accounts.establishments import Establishment
from idp.accounts.models import (
    AccountNameRow,
    AccountRow,
    AccountWordRow,
    AffiliationRow,
    ListingRow,
    MembershipRow,
    ParticularsRow,
)
from idp.accounts.service import name_community
from idp.accounts.values import sort_name
from idp.accounts.words import words_of
from idp.db import Database, table_of
from idp.http.services import Core
from idp.origin import Origin
from tests.administration.kit import CHU

HERE = Origin("192.0.2.1", "bench", "bench")
DAY = 86_400
# Particulars that nobody has.
NOTHING = {name: "" for name in particulars.NAMES if name != "visibility"}
BATCH = 5_000
HOUSES = 60
COMMUNITIES = 5


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The first are common, the last ones rare.
FIRST = _listed(
    """
    Marie Jean Pierre Claire Nathalie Michel Philippe Isabelle Sylvie Alain Catherine Martine
    Christophe Élise Gaëtan Françoise Jacques Anne Nicolas Julie Camille Léa Hugo Louis Jeanne
    Denise Odette René Paul Margaux Inès Zoé Théo Aïcha Mohamed Yasmine Bao Linh Kévin Loïc
    """
)
HEADS = _listed(
    """
    Mar Du Le Ber Gar Mou Per Rou Bla Gué Fau Cha Del Fon Sau Pel Ri Lau Bou Car Vi Hu Bre Col Mé
    Or Bar No Tho Gi Ros Mi Pi Va Lam Bes Cor Des Fer Go
    """
)
TAILS = _listed(
    """
    tin pont fèvre nard nier lin rin sseau nchard rin re mpagne aye taine vage letier chard rent
    cher pentier dal bert ton let nard lieu on mas raud se chel card llet bert sson nier champs
    rand det ard eau ville mont court fort riez guez nguyen ski dez ov ian
    """
)
PROFESSIONS = ("Médecin", "Infirmier", "Infirmier", "Pharmacien", "Sage-femme")
TOWNS = ("Tours", "Blois", "Orléans", "Bourges", "Chartres", "Châteauroux", "Vendôme", "Dreux")


def house_of(number: int) -> str:
    """The number of an establishment; the first is the one that tests have an administrator for."""
    return f"{int(CHU) + number:09d}"


def found(core: Core) -> None:
    """The establishments and communities."""
    with core.database.write() as tx:
        for number in range(HOUSES):
            house = Establishment(house_of(number), f"Établissement {number}")
            core.establishments.put(tx, house, HERE)
        for number in range(COMMUNITIES):
            name_community(tx, f"community-{number}", f"Réseau {number}")


def fill(database: Database, first: int, last: int, now: int) -> None:
    """Accounts from one number up to another."""
    chosen = random.Random(first)
    for begin in range(first, last, BATCH):
        rows = [_person(chosen, one, now) for one in range(begin, min(begin + BATCH, last))]
        _write(database, rows, chosen)
    if not database.is_sqlite:
        with database.read() as tx:
            # As the server itself does after so many new rows.
            tx.exec_driver_sql("ANALYZE")


def _person(chosen: random.Random, number: int, now: int) -> dict[str, Any]:
    name = urlsafe_b64encode(chosen.randbytes(16)).rstrip(b"=").decode()
    first = chosen.choice(FIRST)
    # The first of each list are common, the last ones rare.
    last = HEADS[int(len(HEADS) * chosen.random() ** 2)] + chosen.choice(TAILS)
    if chosen.random() < 0.1:
        last += f"-{chosen.choice(HEADS)}{chosen.choice(TAILS)}"
    kind = chosen.random()
    population = "patient" if kind > 0.1 else "professional" if kind > 0.002 else "staff"
    national_id = f"81{number:010d}" if population == "professional" else None
    return {
        "id": name,
        "population": population,
        "state": "disabled" if chosen.random() < 0.01 else "active",
        "identifier": f"{first[0]}{last}{number}".lower(),
        "national_id": national_id,
        "civility": "",
        "first_name": first,
        "last_name": last,
        "birth_name": "",
        "birth_date": f"19{chosen.randrange(30, 99)}-0{chosen.randrange(1, 9)}-1{number % 9}",
        "email": f"person{number}@maison{number % 97}.example",
        "email_verified": 1,
        "phone": "",
        "phone_verified": 0,
        "profession": chosen.choice(PROFESSIONS) if population == "professional" else "",
        "speciality": "",
        "town": TOWNS[int(len(TOWNS) * chosen.random() ** 2)],
        "locale": "fr",
        "created_at": now,
        "updated_at": now,
        "sort_name": sort_name(last, first, name),
        "last_login_at": now - chosen.randrange(400) * DAY,
    }


def _write(database: Database, rows: Sequence[dict[str, Any]], chosen: random.Random) -> None:
    names, words, houses, members = [], [], [], []
    visible, listed = [], []
    for row in rows:
        account = row["id"]
        names.append(
            {"folded": row["identifier"].casefold(), "account_id": account, "kind": "identifier"}
        )
        names.append({"folded": row["email"], "account_id": account, "kind": "email"})
        texts = (row["last_name"], row["first_name"], row["identifier"], row["email"], row["town"])
        found = sorted(words_of(texts, [row["national_id"]]))
        words += [{"word": word, "account_id": account} for word in found]
        # One establishment has a fifth of the region, most have little.
        house = house_of(int(HOUSES * chosen.random() ** 3))
        houses.append({"account_id": account, "establishment": house, "since": 0})
        if chosen.random() < 0.05:
            community = f"community-{chosen.randrange(COMMUNITIES)}"
            members.append({"account_id": account, "community": community, "since": 0})
        if row["population"] == "professional":
            shown = chosen.choice(("public", "public", "professionals", "hidden"))
            visible.append({"account_id": account, "visibility": shown, **NOTHING})
            if row["state"] == "active":
                seen = listing.rows_of(SimpleNamespace(**row, visibility=shown), account)
                listed += [dict(zip(listing.COLUMNS, one, strict=True)) for one in sorted(seen)]
    put_all(database, AccountRow, rows)
    put_all(database, AccountNameRow, names)
    put_all(database, AccountWordRow, words)
    put_all(database, AffiliationRow, houses)
    put_all(database, MembershipRow, members)
    put_all(database, ParticularsRow, visible)
    put_all(database, ListingRow, listed)


def put_all(database: Database, model: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Many rows at once, as each database takes them fastest."""
    if not rows:
        return
    table, columns = table_of(model), list(rows[0])
    with database.write() as tx:
        driver = tx.connection.dbapi_connection
        if database.is_sqlite:
            marks = ", ".join("?" for _ in columns)
            driver.executemany(
                f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})",
                _values(rows, columns),
            )
            return
        into = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
        with driver.cursor() as cursor, cursor.copy(into) as copy:
            for values in _values(rows, columns):
                copy.write_row(values)


def _values(rows: Sequence[dict[str, Any]], columns: list[str]) -> Iterator[tuple[Any, ...]]:
    return (tuple(row[name] for name in columns) for row in rows)
