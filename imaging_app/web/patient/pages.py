# SPDX-License-Identifier: Apache-2.0
"""All of the patient's pages, mounted."""

from flask import Flask

from imaging_app.web.patient.accesses import add_access_pages
from imaging_app.web.patient.blocks import add_block_pages
from imaging_app.web.patient.consents import add_consent_pages
from imaging_app.web.patient.emergency import add_emergency_pages
from imaging_app.web.patient.exams import add_exam_pages
from imaging_app.web.patient.home import add_first_pages
from imaging_app.web.patient.shares import add_share_pages
from imaging_app.web.patient.traitant import add_traitant_pages
from imaging_app.web.portal import Portal


def add_patient_pages(app: Flask, portal: Portal) -> None:
    """`/patient` and all below."""
    for add in (
        add_first_pages,
        add_exam_pages,
        add_access_pages,
        add_block_pages,
        add_traitant_pages,
        add_consent_pages,
        add_emergency_pages,
        add_share_pages,
    ):
        add(app, portal)
