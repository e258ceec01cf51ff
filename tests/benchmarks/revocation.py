# SPDX-License-Identifier: Apache-2.0
"""What a long list of revoked cards costs: to take in, to hold, to look up a card in; and the
judgement of a whole card beside the bare signatures of its chain.

In a process of its own, so that memory is the list's and nobody else's.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding

from idp.demo.pki import Pki, make
from idp.demo.pki_cards import Card
from idp.demo.pki_revocation import DAY, Revoked, revocation_list
from idp.marks import Marks
from idp.trust import sources
from idp.trust.certificate import read
from idp.trust.crl import RevocationList, read_list
from idp.trust.lists import Lists
from idp.trust.rules import Policy
from idp.trust.service import Trust
from idp.trust.standing import tell
from tests.benchmarks.costs import cost
from tests.databases import close_database, sqlite_database
from tests.trusting import SECRET, open_trust
from tests.world import START, StandingClock

MEGABYTE = 1 << 20
SECONDS = 0.5
SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835


@dataclass(frozen=True)
class Listed:
    """A list of so many entries."""

    entries: int
    # As it is fetched, and as it is held.
    fetched_mb: float
    held_mb: float
    # CPU: verified and read; stored; taken up by another process.
    read_ms: float
    stored_ms: float
    taken_up_ms: float
    # The most memory that reading took, beyond what there was before.
    peak_mb: float
    # One card looked up in it, and in an empty one.
    look_up_us: float
    empty_us: float
    # A card judged with the lists at hand, and the signatures of its chain alone.
    judged_us: float
    signatures_us: float


def listed(entries: int) -> Listed:
    """Measured in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.revocation", str(entries)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Listed(**json.loads(done.stdout.splitlines()[-1]))


def measure(entries: int, folder: Path) -> Listed:
    """One list, on SQLite."""
    pki = make(START, "http://localhost:9")
    authority = pki.authorities["ACI-FO-PP"]
    issuer = read(authority.issued.der)
    assert issuer is not None
    body = long_list(pki, entries)
    clock = StandingClock(START)
    # What any process needs once is not the list's.
    assert isinstance(read_list(long_list(pki, 1), [issuer], START), RevocationList)
    # The peak counts from here (proc(5)).
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    before = memory("VmHWM")
    began = time.process_time()
    found = read_list(body, [issuer], START)
    read_ms = (time.process_time() - began) * 1000
    peak = memory("VmHWM") - before
    assert isinstance(found, RevocationList)
    database = sqlite_database(folder)
    trust = open_trust(database, clock, policy=Policy.REFUSE)
    source = sources.Source(sources.source_id(issuer.key_id, "x"), issuer.key_id, "x")
    began = time.process_time()
    with database.write() as tx:
        trust.lists.put(tx, source, found, START)
    stored_ms = (time.process_time() - began) * 1000
    began = time.process_time()
    with database.read() as tx:
        held = Lists(Marks(SECRET, "trust")).of(tx, issuer.key_id)
    taken_up_ms = (time.process_time() - began) * 1000
    assert len(held[0].list.revoked) == entries * 20
    doctor = Card("899700000010", "X", "Y", "2600301752", profession=10)
    one = pki.issue(doctor, (START, START + DAY))
    card = read(one.der)
    assert card is not None
    nothing = read_list(long_list(pki, 0), [issuer], START)
    assert isinstance(nothing, RevocationList)
    believe(trust, pki)
    judged = cost(lambda: trust.judge(one.der, None), SECONDS)
    made = Listed(
        entries=entries,
        fetched_mb=len(body) / MEGABYTE,
        held_mb=len(found.revoked) / MEGABYTE,
        read_ms=read_ms,
        stored_ms=stored_ms,
        taken_up_ms=taken_up_ms,
        peak_mb=peak,
        look_up_us=cost(lambda: tell(card, [found], None, START, 0), SECONDS),
        empty_us=cost(lambda: tell(card, [nothing], None, START, 0), SECONDS),
        judged_us=judged,
        signatures_us=cost(lambda: signatures([one.certificate, *one.chain]), SECONDS),
    )
    close_database(database)
    return made


def believe(trust: Trust, pki: Pki) -> None:
    """The card's authorities; the root has revoked nobody."""
    root = pki.authorities["ACR-FO"]
    with trust._ground.database.write() as tx:
        for one in (root, pki.authorities["ACI-FO-PP"]):
            trust.authorities.add(tx, one.issued.der, "cps")
        issuer = read(root.issued.der)
        assert issuer is not None
        body = revocation_list(root, [], (START, START + DAY), 1)
        found = read_list(body, [issuer], START)
        assert isinstance(found, RevocationList)
        trust.lists.put(tx, sources.Source("root", issuer.key_id, "x"), found, START)


def long_list(pki: Pki, entries: int) -> bytes:
    """A list with so many numbers of 16 bytes, of no order."""
    revoked = Revoked(START)
    told = ((number * SPREAD % (1 << 127) + 1, revoked) for number in range(entries))
    return revocation_list(pki.authorities["ACI-FO-PP"], told, (START, START + DAY), 1)


def signatures(chain: list[x509.Certificate]) -> None:
    """What no judgement can cost less than: each certificate's signature."""
    for one, above in pairwise(chain):
        key = above.public_key()
        assert one.signature_hash_algorithm is not None
        key.verify(  # type: ignore[union-attr,call-arg]
            one.signature,
            one.tbs_certificate_bytes,
            padding.PKCS1v15(),  # type: ignore[arg-type]
            one.signature_hash_algorithm,  # type: ignore[arg-type]
        )


def memory(which: str) -> float:
    """Megabytes of this process, as Linux counts them."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="sceau-bench-") as name:
        sys.stdout.write(json.dumps(asdict(measure(int(sys.argv[1]), Path(name)))) + "\n")
