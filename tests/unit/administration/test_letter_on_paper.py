# SPDX-License-Identifier: Apache-2.0
"""A patient's letter as it is printed: its words, one page whatever the name, always the same."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from idp.http.paper import Letterhead, Sheet, parse, print_letters

HEAD = Letterhead("Sceau", "Région Exemple", "GIP Exemple", "https://sceau.example/")
SHEET = Sheet(
    civility="Mme",
    first_name="Zoé",
    last_name="Lœwenstein-d’Œuvre",
    birth_name="Ÿvetot",
    birth_date="1984-02-29",
    identifier="zloewensteindoeuvre",
    password="Kmp7-Xhd2-Qwr9-Tfb4",
    until=date(2026, 11, 28),
    printed_on=date(2026, 11, 21),
    locale="fr",
    establishment="CHU de Tours",
    town="Tours",
    address=("12 rue de l’Œuvre", "37000 Tours"),
    support=("02 47 00 00 00", "aide@chu.example"),
)
LONG = replace(
    SHEET,
    first_name="Marie-Françoise Bénédicte Éléonore",
    last_name="de La Rochefoucauld-Villeneuve-Saint-Germain-L’Herm & <b>Šťastný</b>",
    identifier="mdelarochefoucauldvilleneuvesaintgermainlherm12345678901234567890",
    establishment="Groupement hospitalier universitaire interdépartemental des Ormes et du Val",
)


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for page in document:
        text = page.get_textpage()
        found.append(text.get_text_range().replace("\r\n", "\n"))
        text.close()
        page.close()
    document.close()
    return found


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_words_of_a_letter(locale: str) -> None:
    (text,) = pages_of(print_letters(HEAD, [replace(SHEET, locale=locale)]))
    golden = Path(__file__).with_name(f"letter.{locale}.txt")
    assert text.strip() == golden.read_text("utf-8").strip()


def test_a_long_name_takes_no_second_page_and_is_text_alone() -> None:
    (text,) = pages_of(print_letters(HEAD, [LONG]))
    plain = "".join(text.split())
    assert "<b>Šťastný</b>" in plain
    assert LONG.identifier in plain
    assert LONG.password in text


def test_many_letters_are_one_file_that_says_what_it_is() -> None:
    pdf = print_letters(HEAD, [SHEET, LONG, SHEET])
    assert pdf == print_letters(HEAD, [SHEET, LONG, SHEET])
    assert b"fr-FR" in pdf
    document = pypdfium2.PdfDocument(pdf)
    told = document.get_metadata_dict()
    assert len(document) == 3
    document.close()
    assert told["Title"] == "Sceau – Compte patient"
    # What is looked for in files without opening them names nobody, and no password.
    assert not any(SHEET.last_name in one or SHEET.password in one for one in told.values())
    assert SHEET.password not in repr(SHEET)


def test_a_letter_is_lines_with_marks() -> None:
    text = "= About\n\nHello\n\n[access]\n# Steps\n1. One\n- A right\n-no right\n"
    assert parse(text) == [
        ("subject", "About"),
        ("text", "Hello"),
        ("access", ""),
        ("heading", "Steps"),
        ("step", "1. One"),
        ("right", "A right"),
        ("text", "-no right"),
    ]
