# SPDX-License-Identifier: Apache-2.0
"""The portal's own server, while people begin downloads that they do not read on."""

import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from io import BytesIO
from itertools import cycle, islice

import numpy as np
import pydicom

from imaging_app.exams.values import Origin
from imaging_app.limits.turns import WHOLES
from tests.demo.processes import wait_until
from tests.imaging.dicom_files import uid, written
from tests.ports import free_port

COOKIE = "imaging_session"
HOUSE = "0B0057881"
PATIENCE = 30
TRIES = 10


def grow(ward, exam):
    """An image that no socket swallows."""
    store, index, ingest = (getattr(ward.rooms.exams, one) for one in ("store", "index", "ingest"))
    series = ward.series(exam)[0]
    with store.local(ward.images(exam, series.uid)[0].place) as path:
        made = pydicom.dcmread(BytesIO(path.read_bytes()))
    samples = np.zeros((4096, 4096), np.int16)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = uid("large")
    made.Rows, made.Columns, made.PixelData = *samples.shape, samples.tobytes()
    with ward.rooms.database.read() as tx:
        house = index.exam(tx, exam).establishment
    ingest.commit([ingest.receive([written(made)], Origin(house, "nobody"))])


@contextmanager
def served(ward, folder):
    """As people run it, over the same database, at the same hour."""
    port, double = free_port(), ward.scene.double
    (folder / "secret").write_text(double.client_secret)
    (folder / "clock").write_text(str(ward.scene.time() - int(time.time())))
    words = ["-m", "imaging_app", "--data", str(ward.rooms.settings.data), "--port", str(port)]
    words += ["--issuer", double.issuer, "--client-secret-file", str(folder / "secret")]
    words += ["--clock-file", str(folder / "clock")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, *words], stdout=log, stderr=log)
    try:
        assert wait_until(lambda: answers(port)), (folder / "log").read_text()
        yield port
    finally:
        server.terminate()
        server.wait(PATIENCE)


def answers(port):
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def session_of(browser):
    [value] = [one.value for one in browser.client._cookies.values() if one.key == COOKIE]
    return f"{COOKIE}={value}"


def begin(port, exam, cookie, token):
    """A download of which the head alone is read; its status."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(PATIENCE)
    line.connect(("127.0.0.1", port))
    form = f"form_token={token}"
    told = [
        f"POST /exams/{exam}/download HTTP/1.1",
        f"Host: localhost:{port}",
        f"Cookie: {cookie}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(form)}",
    ]
    line.sendall("\r\n".join([*told, "", form]).encode())
    return line, int(line.recv(64).split()[1])


def test_downloads_that_nobody_reads_on_leave_the_pages_alone(ward, tmp_path):
    exam = ward.exam()
    grow(ward, exam)
    with served(ward, tmp_path) as port, ExitStack() as stack:
        browsers = [ward.comes("doctor") for _ in range(WHOLES)]
        lines = []
        for one in islice(cycle(browsers), TRIES):
            line, status = begin(port, exam, session_of(one), one.form_token())
            stack.enter_context(closing(line))
            lines.append((line, status))
        assert [status for _line, status in lines] == [200] * WHOLES + [429] * (TRIES - WHOLES)
        page = HTTPConnection("localhost", port, timeout=PATIENCE)
        page.request("GET", f"/exams/{exam}/alive", headers={"Cookie": session_of(browsers[0])})
        assert page.getresponse().status == 204
        page.close()
        # Whoever goes away gives the turn back.
        for line, _status in lines:
            line.close()

        def again():
            line, status = begin(port, exam, session_of(browsers[0]), browsers[0].form_token())
            line.close()
            return status == 200

        assert wait_until(again)
