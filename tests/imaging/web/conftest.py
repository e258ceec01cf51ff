# SPDX-License-Identifier: Apache-2.0
"""The portal beside a provider's double, and browsers on it."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from imaging_app.app import KEY, LIMITS, Config, create_app
from imaging_app.crypto import make_keys
from imaging_app.dicom.door import Door
from imaging_app.opening import Rooms
from imaging_app.settings import Settings
from imaging_app.web.regions import Region, Regions
from relying_parties.kit.settings import Limits
from relying_parties.registration import load_registration, make_provider
from tests.imaging.standing import StandingTime
from tests.unit.relying_parties.conftest import Browser
from tests.unit.relying_parties.double import Double

CHU = {"finess": "0B0057881", "name": "CHU de démonstration"}
CLINIC = {"finess": "0B0062154", "name": "Clinique de démonstration"}
# What userinfo says of each; all come at level 2.
PEOPLE: dict[str, dict[str, Any]] = {
    "doctor": {
        "name": "Claire Durand",
        "population": "professional",
        "SubjectNameID": "810101234567",
        "profession": "Médecin",
        "speciality": "Oncologie médicale",
        "works_for": [CHU],
    },
    "nurse": {
        "name": "Marie-Françoise de La Rochefoucauld-Villeneuve",
        "population": "professional",
        "SubjectNameID": "810101234568",
        "profession": "Infirmier",
        "works_for": [CHU],
    },
    "neurologist": {
        "name": "Jean-Baptiste Œuvrard",
        "population": "professional",
        "SubjectNameID": "810101234569",
        "profession": "Médecin",
        "speciality": "Neurologie",
        "works_for": [CLINIC],
    },
    # Who cares for nobody here.
    "midwife": {
        "name": "Zoé N’Guessan-Le Goff",
        "population": "professional",
        "SubjectNameID": "810101234570",
        "profession": "Sage-femme",
    },
    "patient": {"name": "Gaëtan Ébeaupré", "population": "patient"},
    "other": {"name": "Thérèse d’Aubigné-Saint-Aignan", "population": "patient"},
    "manager": {
        "name": "Karim Bellanger",
        "population": "staff",
        "works_for": [CHU],
        "administers": [CHU],
    },
    "secretary": {
        "name": "Hélène Fabre",
        "population": "professional",
        "SubjectNameID": "30B0057881/CPET0002",
        "works_for": [CHU],
    },
    "head": {
        "name": "Anne Chef",
        "population": "professional",
        "SubjectNameID": "810100000001",
        "works_for": [CHU],
        "administers": [CLINIC],
    },
    "clerk": {"name": "Odile Ménard", "population": "staff"},
    "trainee": {"name": "Ilan Stagiaire", "population": "professional"},
}
HOMES = {
    "doctor": "/professional",
    "nurse": "/professional",
    "neurologist": "/professional",
    "midwife": "/professional",
    "patient": "/patient",
    "other": "/patient",
    "manager": "/establishment",
    "secretary": "/establishment",
    "head": "/professional",
}


@dataclass
class Scene:
    """The application, its provider, its clock."""

    app: Any
    double: Double
    time: StandingTime
    home: str

    @property
    def rooms(self) -> Rooms:
        """What lies behind its pages."""
        found: Rooms = self.app.extensions["imaging-portal"].rooms
        return found

    def browser(self) -> "Visitor":
        """A fresh browser."""
        return Visitor(self)

    def inside(self, who: str, level: int = 2) -> "Visitor":
        """A browser in which somebody is logged in."""
        browser = self.browser()
        browser.come_as(who, level)
        assert browser.log_in("/login?next=/enter").status_code == 303
        return browser


class Visitor(Browser):
    """A browser on the portal."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.app, scene.double)
        self.scene = scene

    def get(self, path: str, **kwargs: Any) -> Any:
        answer = self.client.get(path, base_url=self.scene.home, **kwargs)
        # The whole of a file, and its handle given back.
        answer.get_data()
        answer.close()
        return answer

    def post(self, path: str, data: Any = None, **kwargs: Any) -> Any:
        return self.client.post(path, base_url=self.scene.home, data=data, **kwargs)

    def come_as(self, who: str, level: int = 2) -> None:
        """Whom the provider will name from now on."""
        self.double.person |= {"sub": f"sub-{who}", "acr": f"urn:sceau:level:{level}"}
        self.double.info = {"sub": f"sub-{who}", **PEOPLE[who]}

    def page(self, path: str, **kwargs: Any) -> BeautifulSoup:
        """A page that is there."""
        answer = self.get(path, **kwargs)
        assert answer.status_code == 200, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    def form_token(self) -> str:
        """That of this session."""
        home = self.get("/", follow_redirects=True).text
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', home)
        assert found
        return found.group(1)


@pytest.fixture
def double(time: StandingTime) -> Any:
    provider = Double(time)
    yield provider
    provider.close()


@pytest.fixture
def scene(double: Double, time: StandingTime, sqlite_template: Path, tmp_path: Path) -> Any:
    shutil.copy(sqlite_template, tmp_path / "imaging.sqlite3")
    yield (made := make_scene(double, time, tmp_path))
    made.rooms.close()


@pytest.fixture
def filled(
    double: Double, time: StandingTime, filled_folder: Path, door: Door, tmp_path: Path
) -> Any:
    """The portal over what the demo has filled it with (`tests.imaging.filled`)."""
    shutil.copytree(filled_folder, tmp_path / "filled")
    yield (made := make_scene(double, time, tmp_path / "filled", door=door))
    made.rooms.database.close()


def make_scene(
    double: Double,
    time: StandingTime,
    data: Path,
    url: str = "",
    door: Door | None = None,
    settings: Settings | None = None,
) -> Scene:
    """The portal over a database that is there."""
    registration = load_registration(KEY)
    make_keys(data / "imaging.keys", "k1")
    double.client_id = KEY
    provider = make_provider(
        registration,
        issuer=double.issuer,
        client_id=KEY,
        client_secret=double.client_secret,
        url=url or None,
    )
    config = Config(
        provider=provider,
        settings=settings or Settings(data=data),
        regions=Regions(
            Region("Centre-Val de Loire"),
            (Region("Ailleurs", "https://imagerie.example/"), Region("Nulle part")),
        ),
        # A machine that is busy is waited for.
        limits=Limits(idle=LIMITS.idle, timeout=30),
        now=time,
        door=door,
    )
    return Scene(create_app(config), double, time, provider.home_origin)
