# SPDX-License-Identifier: Apache-2.0
"""The composition root: the only module that knows everybody. Opens the parts, mounts the pages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from imaging_app.dicom.door import Door
from imaging_app.dicomweb.mounting import add_dicomweb
from imaging_app.enrolling.values import Accounts
from imaging_app.opening import open_rooms
from imaging_app.sessions.store import PortalStore
from imaging_app.settings import Settings
from imaging_app.store.opening import start_mover
from imaging_app.web.assets import Assets
from imaging_app.web.establishment.pages import add_establishment_pages
from imaging_app.web.exam.pages import add_exam_pages
from imaging_app.web.home import add_home_pages
from imaging_app.web.installed import add_installed_pages
from imaging_app.web.launched import LAUNCHED, add_launched_pages
from imaging_app.web.packed import add_packed_files
from imaging_app.web.patient.noting import note_languages
from imaging_app.web.patient.pages import add_patient_pages
from imaging_app.web.portal import Portal, refuse
from imaging_app.web.professional.noting import note_professionals
from imaging_app.web.professional.pages import add_professional_pages
from imaging_app.web.regions import Region, Regions
from imaging_app.web.session import add_session_pages
from imaging_app.web.shell import add_shell, language, make_flask
from relying_parties.clock import system_time
from relying_parties.kit.login import Login
from relying_parties.kit.outcome import STATUS, Refused
from relying_parties.kit.settings import Limits, Provider
from relying_parties.kit.store import Session
from relying_parties.kit.views import mount
from relying_parties.registration import load_registration

KEY = "imaging"
MINUTES = 60
# SPEC.md §9: a quarter of an hour without activity.
LIMITS = Limits(idle=15 * MINUTES)
HERE = Regions(Region("Centre-Val de Loire"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the portal is started with."""

    provider: Provider
    settings: Settings
    regions: Regions = HERE
    limits: Limits = LIMITS
    now: Callable[[], int] = system_time
    # How many proxies in front write down for whom they ask; none: nobody is believed.
    proxies: int = 0
    # To whom files are handed; none: a door of its own.
    door: Door | None = None
    # Where desks make accounts; none: they make none.
    accounts: Accounts | None = None


def create_app(config: Config) -> Flask:
    """The portal as a WSGI application, over a database that stands at the newest schema."""
    registration = load_registration(KEY)
    rooms = open_rooms(config.settings, config.now, config.door)
    app = make_flask(config.provider)
    login = Login(
        config.provider,
        PortalStore(rooms.database),
        name=KEY,
        render=_render_refusal,
        limits=config.limits,
        locale=language,
        now=config.now,
        launched=LAUNCHED,
        opened=partial(_note, (note_professionals(rooms), note_languages(rooms))),
    )
    portal = Portal(
        login, rooms, config.regions, registration.support_email, accounts=config.accounts
    )
    app.extensions["imaging-portal"] = portal
    app.extensions["imaging-mover"] = start_mover(rooms.exams.store)
    if config.proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=0, x_host=0)
        app.wsgi_app = fixed  # type: ignore[method-assign]
    assets = Assets()
    add_packed_files(app, assets)
    add_shell(app, portal, registration, assets)
    add_session_pages(app, portal)
    mount(app, login)
    add_home_pages(app, portal)
    add_professional_pages(app, portal)
    add_launched_pages(app, portal)
    add_exam_pages(app, portal, assets)
    add_patient_pages(app, portal)
    add_establishment_pages(app, portal)
    add_dicomweb(app, portal)
    add_installed_pages(app, portal, assets, (registration.name, registration.long_name))
    return app


def _note(every: Iterable[Callable[[Session], None]], session: Session) -> None:
    for note in every:
        note(session)


def _render_refusal(refused: Refused, again: str) -> str:
    status = STATUS[refused.reason]
    page = refuse(refused.reason, status, error_id=refused.reason.value, again=again)
    return page.get_data(as_text=True)
