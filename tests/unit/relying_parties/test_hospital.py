# SPDX-License-Identifier: Apache-2.0
"""« Hôpital Manager »: its page, its key, and whom it sends where."""

import re
import stat

import pytest
import requests
from joserfc import jwt

from relying_parties.hospital import launches
from relying_parties.hospital.app import PATIENTS, Hospital, create_app
from relying_parties.hospital.launches import Person, Signer, load_key, push

SERVER = "http://localhost:8000"
AT_WORK = (Person("899700000013", "Claire", "Durand"), Person("899700000021", "Marie", "Ville"))


@pytest.fixture
def signer(tmp_path):
    return Signer("http://localhost:8009", SERVER, "dcc", load_key(tmp_path / "key.json"))


@pytest.fixture
def client(signer):
    return create_app(Hospital(signer, AT_WORK, lambda: 1_790_000_000)).test_client()


class Answer:
    def __init__(self, status, document):
        self.status_code, self._document = status, document

    def json(self):
        return self._document


def answering(monkeypatch, answer):
    sent = []

    def post(url, data, **_more):
        sent.append((url, data))
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(launches.requests, "post", post)
    return sent


def test_its_key_is_made_once_and_is_nobody_else_s(tmp_path):
    file = tmp_path / "key.json"
    made = load_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_key(file).kid == made.kid == made.thumbprint()


def test_only_the_public_half_is_published(client):
    [key] = client.get("/keys").get_json()["keys"]
    assert key["kid"]
    assert "d" not in key


def test_it_signs_for_whoever_is_at_work(client, signer, monkeypatch):
    there = f"{SERVER}/launch/one"
    sent = answering(monkeypatch, Answer(201, {"launch_uri": there, "expires_in": 60}))
    form = {"file": PATIENTS[1].file, "who": AT_WORK[1].national_id}
    answer = client.post("/open", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, there)
    [(url, posted)] = sent
    assert url == f"{SERVER}/launch/pushed"
    read = jwt.decode(posted["launch"], signer.key, algorithms=["ES256"])
    assert read.header["typ"] == "launch+jwt"
    assert (read.claims["sub"], read.claims["aud"]) == (AT_WORK[1].national_id, SERVER)
    assert read.claims["patient"]["file"] == PATIENTS[1].file
    assert read.claims["exp"] - read.claims["iat"] == 60


def test_no_two_launches_bear_one_name(signer):
    names = set()
    for _ in range(50):
        token = signer.sign(AT_WORK[0], None, 1_790_000_000)
        names.add(jwt.decode(token, signer.key, algorithms=["ES256"]).claims["jti"])
    assert len(names) == 50


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, {"error": "invalid_launch"}),
        Answer(201, {"launch_uri": "https://elsewhere.example/launch/one"}),
        Answer(201, {}),
        requests.ConnectionError(),
    ],
)
def test_what_is_not_taken_leads_nowhere(client, monkeypatch, answer):
    answering(monkeypatch, answer)
    assert push(SERVER, "x") is None
    shown = client.post("/open", data={"file": PATIENTS[0].file})
    assert shown.status_code == 502
    assert 'id="refused"' in shown.text


def test_by_a_form_it_is_the_browser_that_carries_it(client):
    shown = client.post("/open", data={"file": PATIENTS[0].file, "way": "form"}).text
    assert f'action="{SERVER}/launch"' in shown
    assert re.search(r'name="launch" value="[\w-]+\.[\w-]+\.[\w-]+"', shown)


def test_a_file_that_it_has_not_is_no_launch(client):
    assert client.post("/open", data={"file": "2026-0000"}).status_code == 400
