# SPDX-License-Identifier: Apache-2.0
"""What a federation's aggregate costs: proved whole, searched, and one application taken from it.

In a process of its own, so that memory is the aggregate's and nobody else's. The aggregate is
written and signed piece by piece, too, by parts that the provider does not use.
"""

import json
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from idp.administration.rules.protocols import Fault, Members
from idp.saml.descriptions import SamlDescriptions
from tests.benchmarks.revocation import memory
from tests.pki import key as rsa_key
from tests.saml_federation import FEDERATION, GROUP, SHOWN, SIGNATURE, canonical, entity
from tests.saml_following import DAY, moment
from tests.saml_metadata import bare, key
from tests.world import START, StandingClock

MEGABYTE = 1 << 20
END = b"</md:EntitiesDescriptor>"


@dataclass(frozen=True)
class Aggregated:
    """An aggregate of so many applications."""

    entities: int
    document_mb: float
    # Proved, read through and searched for one name.
    seconds: float
    # One application's part of it: proved, read and made ready to be taken over.
    one_seconds: float
    # The most memory that this took, beyond what there was before.
    peak_mb: float
    # One application's own metadata, for comparison.
    alone_ms: float


def aggregated(entities: int, padding_bytes: int = 14_000) -> Aggregated:
    """Measured in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.aggregates"]
    done = subprocess.run(
        [*command, str(entities), str(padding_bytes)], check=True, capture_output=True, text=True
    )
    return Aggregated(**json.loads(done.stdout.splitlines()[-1]))


def rows_of(found: Sequence[Aggregated]) -> list[str]:
    """Of the report."""
    if not found:
        return []
    heads = "| Applications of an aggregate | MB | proved and searched, CPU s | one of them, CPU s "
    lines = [f"{heads}| peak MB | one alone, CPU ms |", "|---" * 6 + "|"]
    lines += [
        f"| {one.entities:,} | {one.document_mb:.1f} | {one.seconds:.2f} "
        f"| {one.one_seconds:.2f} | {one.peak_mb:.0f} | {one.alone_ms:.1f} |"
        for one in found
    ]
    return [*lines, ""]


def measure(count: int, padding_bytes: int, folder: Path) -> Aggregated:
    """One aggregate, and one application of it."""
    path = folder / "aggregate.xml"
    written(path, count, padding_bytes)
    descriptions, pin = SamlDescriptions(StandingClock(START)), bare(FEDERATION)
    # What any process needs once is not the aggregate's.
    small = folder / "small.xml"
    written(small, 1, 0)
    with small.open("rb") as file:
        assert isinstance(descriptions.members(file, pin, lambda *_one: True), Members)
    # The peak counts from here (proc(5)).
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = memory("VmHWM")
    name = f"https://sp{count - 1}.example/metadata"
    with path.open("rb") as file:
        began = time.process_time()
        found = descriptions.members(file, pin, lambda one, _title: one == name)
        seconds = time.process_time() - began
        assert isinstance(found, Members)
        assert (found.total, len(found.chosen), found.rejected) == (count, 1, ())
        began = time.process_time()
        said = descriptions.proved(file, pin, [name])
        one_seconds = time.process_time() - began
    assert not isinstance(said, Fault)
    peak = memory("VmHWM") - before
    with small.open("rb") as file:
        began = time.process_time()
        descriptions.proved(file, pin, ["https://sp0.example/metadata"])
        alone = (time.process_time() - began) * 1000
    size = path.stat().st_size / MEGABYTE
    return Aggregated(count, size, seconds, one_seconds, peak, alone)


def written(path: Path, count: int, padding_bytes: int) -> None:
    """An aggregate on disk; its digest is that of the pieces, one after the other."""
    head = f'{GROUP} ID="_all" validUntil="{moment(START + DAY)}">'
    shell = etree.fromstring(f"{head}</md:EntitiesDescriptor>".encode())
    start = canonical(shell, ()).removesuffix(END)
    digest, noise = sha256(start), Random(7)
    with path.with_suffix(".parts").open("w+b") as parts:
        for number in range(count):
            part = _part(shell, number, noise.randbytes(padding_bytes // 2).hex())
            digest.update(part[len(start) : -len(END)])
            parts.write(part[len(start) : -len(END)])
        digest.update(END)
        parts.seek(0)
        with path.open("wb") as file:
            file.write(start + _signature(b64encode(digest.digest()).decode()))
            while piece := parts.read(MEGABYTE):
                file.write(piece)
            file.write(END)


def _part(shell: Any, number: int, noise: str) -> bytes:
    more = f'<md:Extensions><x xmlns="urn:x-noise">{noise}</x></md:Extensions><md:SPSSODescriptor'
    one = entity(number, ("<md:SPSSODescriptor", more), keys=key("saml application"))
    opened = etree.tostring(shell).decode().removesuffix("/>") + ">"
    whole = etree.fromstring(f"{opened}{one}{END.decode()}".encode())
    return canonical(whole, ())


def _signature(digest: str) -> bytes:
    root = etree.fromstring(SIGNATURE.format(listed="", digest=digest))
    octets = canonical(etree.fromstring(etree.tostring(root[0])), ())
    value = rsa_key(FEDERATION).sign(octets, padding.PKCS1v15(), SHA256())
    root[1].text = b64encode(value).decode()
    root.append(etree.fromstring(SHOWN.format(certificate=bare(FEDERATION))))
    return bytes(etree.tostring(root))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="sceau-bench-") as name:
        result = measure(int(sys.argv[1]), int(sys.argv[2]), Path(name))
    sys.stdout.write(json.dumps(asdict(result)) + "\n")
