# SPDX-License-Identifier: Apache-2.0
"""All pages of professionals, mounted by one line."""

from flask import Flask

from imaging_app.web.portal import Portal
from imaging_app.web.professional.code_entry import add_code_entry
from imaging_app.web.professional.codes import add_code_pages
from imaging_app.web.professional.emergency import add_emergency_pages
from imaging_app.web.professional.home import add_professional_home
from imaging_app.web.professional.motive import add_motive_page
from imaging_app.web.professional.numbers import add_number_page
from imaging_app.web.professional.patient import add_patient_page
from imaging_app.web.professional.results import add_result_deeds
from imaging_app.web.professional.search import add_search_page


def add_professional_pages(app: Flask, portal: Portal) -> None:
    """`/professional` and what is under it."""
    add_professional_home(app, portal)
    add_search_page(app, portal)
    add_number_page(app, portal)
    add_code_entry(app, portal)
    add_code_pages(app, portal)
    add_patient_page(app, portal)
    add_motive_page(app, portal)
    add_emergency_pages(app, portal)
    add_result_deeds(app, portal)
