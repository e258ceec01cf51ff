# SPDX-License-Identifier: Apache-2.0
"""A real Orthanc, with a configuration that is written whole, cleaned between tests."""

import json
import subprocess
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from imaging_app.store.behind import Behind
from imaging_app.store.line import Address
from imaging_app.store.port import Parcel, Place, Trouble
from tests.ports import free_port

PROGRAM = "/usr/sbin/Orthanc"
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
USER, PASSWORD = "portal", "a secret of tests"


class Moved(Behind):
    """A store in which what is kept is there at once."""

    def keep(self, parcel: Parcel, place: Place) -> Trouble | None:
        found = super().keep(parcel, place)
        self.move()
        return found


class Pacs:
    """One that runs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def address(self) -> Address:
        """Its native routes."""
        return Address(self.url, USER, PASSWORD, patience=30)

    @property
    def web(self) -> Address:
        """Its DICOMweb."""
        return Address(f"{self.url}/dicom-web", USER, PASSWORD, patience=30)

    def call(self, method: str, path: str, body: bytes | None = None) -> Any:
        """What it answers, by another client than ours."""
        told = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        asked = urllib.request.Request(
            self.url + path, body, {"Authorization": f"Basic {told}"}, method=method
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            found = answer.read()
            return json.loads(found) if "json" in answer.headers.get("Content-Type", "") else found

    def clean(self) -> None:
        """Everything out of it."""
        for one in self.call("GET", "/patients"):
            self.call("DELETE", f"/patients/{one}")


def configuration(folder: Path, port: int) -> dict[str, Any]:
    """All that matters is said: what is left out is open to everybody, or loads what lies about."""
    return {
        "Name": "tests",
        "StorageDirectory": str(folder / "images"),
        "IndexDirectory": str(folder / "index"),
        "HttpServerEnabled": True,
        "HttpPort": port,
        # This version listens everywhere in any case, and answers who comes from here alone.
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "DicomServerEnabled": False,
        "WebDavEnabled": False,
        "OverwriteInstances": False,
        "StoreMD5ForAttachments": True,
        "ExecuteLuaEnabled": False,
        "RestApiWriteToFileSystemEnabled": False,
        "HttpCompressionEnabled": False,
        "StorageCompression": False,
        "Plugins": [PLUGIN],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False, "Ssl": False},
    }


@contextmanager
def running(folder: Path) -> Iterator[Pacs]:
    """One, for as long as the context lasts."""
    port = free_port()
    (folder / "orthanc.json").write_text(json.dumps(configuration(folder, port)))
    pacs = Pacs(port)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, str(folder / "orthanc.json")], stdout=log, stderr=log, cwd=folder
        )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                pacs.call("GET", "/system")
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.05)
        yield pacs
    finally:
        process.terminate()
        process.wait(30)
