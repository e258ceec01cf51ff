# SPDX-License-Identifier: Apache-2.0
"""All addresses below `/exams`."""

from flask import Flask

from imaging_app.web.assets import Assets
from imaging_app.web.exam.download import add_download_pages
from imaging_app.web.exam.frames import add_frame_addresses
from imaging_app.web.exam.reports import add_report_pages
from imaging_app.web.exam.viewing import add_viewer_pages
from imaging_app.web.portal import Portal


def add_exam_pages(app: Flask, portal: Portal, assets: Assets) -> None:
    """The viewer, what it asks for, reports, downloads."""
    add_viewer_pages(app, portal, assets)
    add_frame_addresses(app, portal)
    add_report_pages(app, portal)
    add_download_pages(app, portal)
