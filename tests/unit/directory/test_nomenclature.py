# SPDX-License-Identifier: Apache-2.0
"""Nomenclatures as shipped: complete, unambiguous, always by system and code."""

import re

import pytest

from idp.directory import nomenclature

SIZES = {"TRE_G15": 29, "TRE_R01": 244, "TRE_R02": 65, "TRE_G05": 16, "TRE_R95": 4, "TRE_R11": 6}


@pytest.mark.parametrize("system", SIZES)
def test_tables_are_whole(system):
    assert len(nomenclature.terms(system)) == SIZES[system]


def test_every_table_is_well_formed():
    for table in nomenclature.tables():
        codes = [one.code for one in table.terms]
        assert codes, table.system
        assert len(codes) == len(set(codes)), table.system
        assert table.name.startswith(table.system + "-")
        assert table.url.startswith("https://mos.esante.gouv.fr/NOS/")
        assert re.fullmatch(r"(1\.2\.250(\.\d+)+)?", table.oid)
        for one in table.terms:
            assert one.label == one.label.strip()
            assert one.label.isprintable()
            assert one.label


def test_professions_and_specialities_fit_their_columns():
    both = (*nomenclature.professions(), *nomenclature.specialities())
    assert max(len(one.value) for one in both) <= 16
    assert max(len(one.label) for one in both) <= 128


def test_a_code_means_nothing_without_its_system():
    assert nomenclature.label_of("TRE_G15", "10") == "Médecin"
    assert nomenclature.label_of("TRE_G16", "10") == "Médecin en formation"
    assert nomenclature.label_of("1.2.250.1.71.1.2.8", "10") == "Médecin en formation"
    assert nomenclature.label_of("TRE_R95", "10") == ""
    assert nomenclature.label_of("nowhere", "10") == ""


@pytest.mark.parametrize(
    "name",
    [
        "TRE_G15",
        "TRE_G15-ProfessionSante",
        "1.2.250.1.71.1.2.7",
        "urn:oid:1.2.250.1.71.1.2.7",
        "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
    ],
)
def test_a_table_goes_by_all_its_names(name):
    assert nomenclature.label_of(name, "60") == "Infirmier"


def test_what_is_no_longer_given_is_kept_and_marked():
    assert nomenclature.term("TRE_G15", "69").current is False
    assert nomenclature.term("TRE_G15", "60").current is True
    assert nomenclature.term("TRE_R81", "MLLE").current is False
    assert nomenclature.term("TRE_R02", "SA11").current is False


def test_professions_keep_apart_what_shares_a_code():
    values = [one.value for one in nomenclature.professions()]
    assert len(values) == len(set(values))
    assert nomenclature.profession("10").label == "Médecin"
    assert nomenclature.profession("G16-10").label == "Médecin en formation"
    assert nomenclature.profession("93").label == "Psychologue"
    assert nomenclature.profession("00") is None


def test_specialities_are_read_without_their_kind():
    found = nomenclature.speciality("SM04")
    assert found.label == "Cardiologie et maladies vasculaires (SM)"
    assert found.plain == "Cardiologie et maladies vasculaires"
    assert nomenclature.speciality("SM68").plain == "Chirurgie maxillo-faciale (réforme 2017)"


def test_civilities_titles_and_sectors():
    assert [one.code for one in nomenclature.civilities() if one.current] == ["M", "MME"]
    assert nomenclature.label_of("TRE_R11", "MG") == "Médecin général"
    assert nomenclature.label_of("TRE_R02", "SA33") == "Pharmacie d'officine"
    assert {one.code for one in nomenclature.titles()} == {"DR", "PR", "MC", "MG", "PC", "PG"}
    assert len(nomenclature.sectors()) == 65
