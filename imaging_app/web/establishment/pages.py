# SPDX-License-Identifier: Apache-2.0
"""All pages of establishments, mounted."""

from flask import Flask

from imaging_app.web.establishment.accesses import add_access_pages
from imaging_app.web.establishment.account import add_account_pages
from imaging_app.web.establishment.aside import add_aside_pages
from imaging_app.web.establishment.care import add_care_pages
from imaging_app.web.establishment.codes import add_code_pages
from imaging_app.web.establishment.desk import add_desk_pages
from imaging_app.web.establishment.downloads import add_download_pages
from imaging_app.web.establishment.files import add_file_pages
from imaging_app.web.establishment.issuing import add_issuing_pages
from imaging_app.web.establishment.overview import add_overview_pages
from imaging_app.web.establishment.putting import add_putting_pages
from imaging_app.web.establishment.upload import add_upload_pages
from imaging_app.web.portal import Portal


def add_establishment_pages(app: Flask, portal: Portal) -> None:
    """`/establishment` and everything below it."""
    add_overview_pages(app, portal)
    add_desk_pages(app, portal)
    add_file_pages(app, portal)
    add_account_pages(app, portal)
    add_care_pages(app, portal)
    add_code_pages(app, portal)
    add_issuing_pages(app, portal)
    add_upload_pages(app, portal)
    add_aside_pages(app, portal)
    add_putting_pages(app, portal)
    add_access_pages(app, portal)
    add_download_pages(app, portal)
