# SPDX-License-Identifier: Apache-2.0
"""python -m tests.guards [WORD…]: does each guard of SAML have a test that misses it?

Takes the guards out one at a time, in a copy of the sources, and runs the test of its row there:
it must turn red. By hand, before a release or after a change of the door; it takes minutes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAML = "idp/saml"
KIT, SERVICE_PROVIDER = "relying_parties/kit/saml", "tests/security/service_provider"


@dataclass(frozen=True)
class Guard:
    """One guard: what stands in the source, what is put in its place, who must see it."""

    row: str
    file: str
    stands: str
    instead: str
    seen_by: str


GUARDS = (
    Guard(
        "SM-004",
        f"{SAML}/signatures.py",
        "if sum(1 for _ in document.iter(tag)) != 1:",
        "if False:",
        "tests/security/test_sm_wrapping.py",
    ),
    Guard(
        "SM-012",
        f"{SAML}/signatures.py",
        'if [step.tag for step in steps] != [ds("Transform")] * 2:',
        "if False:",
        "tests/security/test_sm_signatures.py",
    ),
    Guard(
        "SM-015",
        f"{SAML}/signatures.py",
        "isinstance(found, VerifyResult) and found.signed_data else None",
        "found else alone",
        "tests/security/test_sm_keys.py",
    ),
    Guard(
        "SM-016",
        f"{SAML}/xml.py",
        "if (_MARKUP_BUT_REMARKS if bounds.remarks else _MARKUP).search(data, start):",
        "if False:",
        "tests/security/test_sm_parser.py",
    ),
    Guard(
        "SM-018",
        f"{SAML}/wire.py",
        "unpacker.decompress(packed, MESSAGE.size + 1)",
        "unpacker.decompress(packed)",
        "tests/security/test_sm_redirect.py",
    ),
    Guard(
        "SM-021",
        f"{SAML}/signatures.py",
        "return Unverified.EMPTY if found == digest().digest() else None",
        "return None",
        "tests/security/test_sm_signatures.py",
    ),
    Guard(
        "SM-030",
        f"{SAML}/checks.py",
        "fitting = [one for one in application.acs if one.url == request.acs_url]",
        'fitting = [Address(request.acs_url, request.binding or "", 0)]',
        "tests/security/test_sm_requests.py",
    ),
    Guard(
        "SM-032",
        f"{SAML}/sso.py",
        "if used_once.claim(tx, USED, hashed, keep_until):",
        "if used_once.claim(tx, USED, hashed, keep_until) or True:",
        "tests/security/test_sm_requests.py",
    ),
    Guard(
        "SM-032",
        f"{SAML}/checks.py",
        "if destination and destination != place.address:",
        "if False:",
        "tests/security/test_sm_requests.py",
    ),
    Guard(
        "SM-033",
        f"{SAML}/receive.py",
        "    if not must:\n",
        "    if element is not None:\n",
        "tests/security/test_sm_requests.py",
    ),
    Guard(
        "SM-034",
        f"{SAML}/wire.py",
        "        if name in found:\n            return Unreadable.AMBIGUOUS\n",
        "",
        "tests/security/test_sm_redirect.py",
    ),
    Guard(
        "SM-035",
        f"{SAML}/login.py",
        "silent=request.passive,",
        "silent=False,",
        "tests/security/test_sm_wishes.py",
    ),
    Guard(
        "SM-036",
        f"{SAML}/login.py",
        "account=account,",
        "account=None,",
        "tests/security/test_sm_wishes.py",
    ),
    Guard(
        "SM-040",
        f"{SAML}/resume.py",
        "if not isinstance(opened, Untrusted) and not opened.idp_initiated:",
        "if False:",
        "tests/security/test_sm_answers.py",
    ),
    Guard(
        "SM-052",
        f"{SAML}/artifacts.py",
        "if head != self._head:",
        "if False:",
        "tests/security/test_sm_artifacts.py",
    ),
    Guard(
        "SM-060",
        f"{SAML}/logout.py",
        "made, always=True)",
        "made)",
        "tests/security/test_sm_060_logout.py",
    ),
    Guard(
        "SM-060",
        f"{SAML}/logout.py",
        "if not request.indexes or one.label in request.indexes]",
        "]",
        "tests/security/test_sm_060_logout.py",
    ),
    Guard(
        "SM-060",
        f"{SAML}/logout.py",
        "            if not self._claim(tx, wanted):\n",
        "            if not self._claim(tx, wanted) and not wanted:\n",
        "tests/security/test_sm_060_logout.py",
    ),
    Guard(
        "SM-073",
        f"{SAML}/resolving.py",
        "message, always=True)",
        "message)",
        "tests/security/test_sm_artifacts.py",
    ),
    Guard(
        "SM-073",
        "idp/grants/codes.py",
        "        table.c.code_used_at.is_(None),\n",
        "",
        "tests/security/test_sm_artifacts.py",
    ),
    Guard(
        "SM-073",
        "idp/grants/codes.py",
        '        table.c.application == bindparam("application_"),\n        table.c.code_used_at',
        "        table.c.code_used_at",
        "tests/security/test_sm_artifacts.py",
    ),
    Guard(
        "SM-074",
        f"{SAML}/attributes.py",
        "if folded in RESERVED or folded.startswith(RESERVED_UNDER):",
        "if False:",
        "tests/protocol/saml/test_registering.py",
    ),
    Guard(
        "OA-047",
        f"{SAML}/artifacts.py",
        "        if not isinstance(admission, Admission):\n            return None\n",
        "        admission = Admission(application, grant.account, grant.session, grant.level, "
        "grant.means, grant.methods, grant.authenticated_at, ())\n",
        "tests/protocol/gate/test_saml.py",
    ),
    Guard(
        "SM-003",
        f"{KIT}/answer.py",
        "if len(found) != 1 or found[0].getparent() is not root:",
        "if not found:",
        f"{SERVICE_PROVIDER}/test_sm_wrapping.py",
    ),
    Guard(
        "SM-010",
        f"{KIT}/answer.py",
        '            return unverified("response", found)\n',
        "            found = root\n",
        f"{SERVICE_PROVIDER}/test_sm_wrapping.py",
    ),
    Guard(
        "SM-022",
        f"{KIT}/answer.py",
        'return unverified("assertion", signed) if isinstance(signed, Unverified) else signed',
        "return inside",
        f"{SERVICE_PROVIDER}/test_sm_wrapping.py",
    ),
    Guard(
        "SM-050",
        f"{KIT}/answer.py",
        'if root.get("InResponseTo") != expected.request:',
        "if False:",
        f"{SERVICE_PROVIDER}/test_sm_answers.py",
    ),
    Guard(
        "SM-050",
        f"{KIT}/assertion.py",
        "not all(expected.audience in audiences",
        "not any(expected.audience in audiences",
        f"{SERVICE_PROVIDER}/test_sm_answers.py",
    ),
    Guard(
        "SM-051",
        f"{KIT}/journey.py",
        "        if not self._store.use_once(self._provider.issuer,",
        "        if False and self._store.use_once(self._provider.issuer,",
        f"{SERVICE_PROVIDER}/test_sm_answers.py",
    ),
    Guard(
        "SM-052",
        f"{KIT}/assertion.py",
        "if issuer is None or text(issuer) != expected.issuer:",
        "if issuer is None:",
        f"{SERVICE_PROVIDER}/test_sm_answers.py",
    ),
    Guard(
        "BR-001",
        f"{KIT}/journey.py",
        "login = self._store.take(state, name_of(secret), now) if secret else None",
        "login = self._store.pending(state, now)",
        f"{SERVICE_PROVIDER}/test_sm_answers.py",
    ),
    Guard(
        "SM-060",
        f"{KIT}/logout.py",
        "if query.signed_by(certificates) is not True:",
        "if False:",
        f"{SERVICE_PROVIDER}/test_sm_logout.py",
    ),
)


def copy_to(folder: Path) -> None:
    """All that is tracked, as it is in the working tree."""
    words = ["git", "ls-files", "-z"]
    listed = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def seen_red(folder: Path, guard: Guard) -> str:
    """The test that fails without this guard; nothing where none does."""
    file = folder / guard.file
    whole = file.read_text("utf-8")
    if guard.stands not in whole:
        raise SystemExit(f"{guard.file} has changed: {guard.stands!r} is not in it")
    file.write_text(whole.replace(guard.stands, guard.instead, 1), "utf-8")
    try:
        words = ["-m", "pytest", "-q", "-n", "0", "-x", "-rf", "--tb=no"]
        done = subprocess.run(
            [sys.executable, *words, "-k", "not postgresql", guard.seen_by],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(folder)},
            check=False,
            capture_output=True,
            text=True,
        )
    finally:
        file.write_text(whole, "utf-8")
    failed = [one for one in done.stdout.splitlines() if one.startswith("FAILED ")]
    return failed[0].split("::", 1)[1].split(" - ")[0] if failed else ""


def main(words: list[str]) -> int:
    unseen = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_to(folder)
        for guard in GUARDS:
            told = " ".join(f"{guard.row} {guard.file} {guard.stands}".split())
            if words and not any(word in told for word in words):
                continue
            red = seen_red(folder, guard)
            unseen += not red
            sys.stdout.write(f"{told}\n    {red or 'UNSEEN'}\n")
            sys.stdout.flush()
    return 1 if unseen else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
