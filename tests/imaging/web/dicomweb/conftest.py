# SPDX-License-Identifier: Apache-2.0
"""Programs that hold somebody's token, on the portal that the demo has filled."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.serving import make_server

from imaging_app.access.motives import Motive
from imaging_app.demo.cast import SCANNER
from imaging_app.exams.values import Exam
from imaging_app.trace.reading import history_of
from tests.imaging.web.conftest import PEOPLE, Scene
from tests.unit.relying_parties.double import Quiet


@dataclass
class Program:
    """A client of somebody's."""

    scene: Scene
    token: str

    def get(self, path: str, **headers: str) -> Any:
        """What is answered, whole."""
        told = {"Authorization": f"Bearer {self.token}", "Accept": "*/*"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        client = self.scene.app.test_client()
        answer = client.get(f"/dicomweb{path}", base_url=self.scene.home, headers=told)
        answer.get_data()
        return answer

    def post(self, path: str, data: bytes, kind: str) -> Any:
        """The same."""
        told = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        client = self.scene.app.test_client()
        return client.post(f"/dicomweb{path}", base_url=self.scene.home, headers=told, data=data)

    def studies(self, query: str = "") -> list[str]:
        """The identifiers that a search finds."""
        answer = self.get(f"/studies{query}")
        assert answer.status_code in {200, 204}, answer.text
        found = answer.json if answer.status_code == 200 else []
        return [one["0020000D"]["Value"][0] for one in found]


@dataclass
class Api:
    """Everybody's programs."""

    scene: Scene

    def of(self, who: str, level: int = 2, **changes: Any) -> Program:
        """A program that somebody has let in."""
        info = {"sub": f"sub-{who}", **PEOPLE[who]}
        return Program(self.scene, self.scene.double.present(info, level, **changes))

    def exams(self) -> list[Exam]:
        """All that there are."""
        rooms = self.scene.rooms
        with rooms.database.read() as tx:
            names = tx.exec_driver_sql("SELECT id FROM exams ORDER BY taken_on").scalars().all()
            found = [rooms.exams.index.exam(tx, name) for name in names]
        return [one for one in found if one]

    def exam(self, about: str = SCANNER) -> Exam:
        """One by its description."""
        return next(one for one in self.exams() if one.description == about)

    def says_why(self, who: str, exam: Exam | None = None) -> None:
        """A professional has said today why they open this patient's exams."""
        rooms, rpps = self.scene.rooms, PEOPLE[who]["SubjectNameID"][1:]
        with rooms.database.write() as tx:
            patient = (exam or self.exam()).patient
            rooms.access.motives.give(tx, rpps, patient, Motive.CONSULTATION)

    def images(self, exam: Exam) -> list[Any]:
        """Everything of an exam."""
        rooms = self.scene.rooms
        with rooms.database.read() as tx:
            return rooms.exams.index.all_images(tx, exam.id)

    def rows(self, action: str) -> list[Any]:
        """What the trace has of an action."""
        with self.scene.rooms.database.read() as tx:
            asked = "SELECT outcome, exam, motive, actor FROM trace WHERE action = ? ORDER BY seq"
            return list(tx.exec_driver_sql(asked, (action,)).all())

    def history(self, patient: str, action: str) -> int:
        """How often something stands in a patient's own history."""
        with self.scene.rooms.database.read() as tx:
            pages = history_of(tx, patient).pages
            read = [history_of(tx, patient, number + 1).accesses for number in range(pages)]
        return sum(one.action == action for accesses in read for one in accesses)


@pytest.fixture
def api(filled: Scene) -> Api:
    return Api(filled)


@pytest.fixture
def served(api: Api) -> Iterator[str]:
    """The portal on a port, for a program of others'."""
    server = make_server("127.0.0.1", 0, api.scene.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://localhost:{server.port}/dicomweb"
    server.shutdown()
    thread.join()
    server.server_close()
