# SPDX-License-Identifier: Apache-2.0
"""Readers as their maker delivers them: a key container of RFC 6030 (PSKC), read whole.

What a file says that would change how a key may be used, and that is not known here, is a fault:
RFC 6030 §5 has it so. A signature over the file is not looked at: its MACs are, and the way by
which it came is the operator's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from idp.credentials.delivery.pskc_secrets import Locked, Opener, Unlock, open_container, small
from idp.credentials.delivery.xml_tree import Element, Unreadable, read_tree

SPACE: Final = "urn:ietf:params:xml:ns:keyprov:pskc"
LONGEST: Final = 64 * 1024 * 1024
DIGITS: Final = 8
PIN: Final = f"{SPACE}:pin"
SUITES: Final = "OCRA-1:"
POLICIES: Final = {"StartDate", "ExpiryDate", "PINPolicy", "KeyUsage"}
# A PIN checked by the reader itself, or one that goes into the answer.
PIN_MODES: Final = {"Local", "Algorithmic"}
ENCODINGS: Final = {"DECIMAL", "HEXADECIMAL", "ALPHANUMERIC"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """One key of a file."""

    line: int
    # Of the reader, and of whoever holds it where the file says that.
    serial: str
    user: str
    # Empty where the file does not say.
    suite: str
    secret: bytes = field(repr=False)
    counter: int
    drift: int
    # Seconds of its steps; 0 where the file does not say.
    interval: int
    # Empty where the file brings none.
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds, and all that is wrong with it."""

    keys: list[Delivered] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_pskc(data: bytes, unlock: Unlock, now: int) -> Reading:
    """Every key of a file, and every fault with its line."""
    if len(data) > LONGEST:
        return Reading(faults=[f"the file is longer than {LONGEST} bytes"])
    try:
        root = read_tree(data)
        if (root.name, root.space) != ("KeyContainer", SPACE):
            return Reading(faults=[f"it is no KeyContainer of {SPACE}"])
        if root.attributes.get("Version") != "1.0":
            return Reading(faults=["its version is not 1.0"])
        opener = open_container(root, unlock)
    except (Unreadable, Locked) as fault:
        return Reading(faults=[str(fault)])
    found = Reading()
    pins: dict[str, str] = {}
    packages = [one for one in root.children if one.name == "KeyPackage"]
    for package in packages:
        pins |= _pins(package, opener, found.faults)
    for package in packages:
        for key in _keys(package):
            _take(found, package, key, opener, pins, now)
    if not found.keys and not found.faults:
        found.faults.append("it holds no key")
    return found


def _keys(package: Element) -> list[Element]:
    """The keys of a package that are no PIN."""
    every = [one for one in package.children if one.name == "Key"]
    return [one for one in every if one.attributes.get("Algorithm") != PIN]


def _pins(package: Element, opener: Opener, faults: list[str]) -> dict[str, str]:
    """The PINs that a package brings, by the name of their key (RFC 6030 §5.1)."""
    found = {}
    for key in package.children:
        if key.name != "Key" or key.attributes.get("Algorithm") != PIN:
            continue
        try:
            value = opener.value(key.child("Data", "Secret")) or b""
            found[key.attributes.get("Id", "")] = value.decode("ascii")
        except (Locked, UnicodeDecodeError) as fault:
            why = fault if isinstance(fault, Locked) else "it is not plain digits"
            faults.append(f"line {key.line}: the PIN can't be read: {why}")
    return found


def _take(
    found: Reading,
    package: Element,
    key: Element,
    opener: Opener,
    pins: dict[str, str],
    now: int,
) -> None:
    serial = package.words("DeviceInfo", "SerialNo")[:64]
    where = f"line {key.line} (serial {serial!r})" if serial else f"line {key.line}"
    faults = [*_unfit(key), *_forbidden(key, now)]
    try:
        data = key.child("Data")
        secret = opener.value(data.child("Secret")) if data else None
        counter, drift, interval = (
            opener.number(data.child(name) if data else None)
            for name in ("Counter", "TimeDrift", "TimeInterval")
        )
    except Locked as fault:
        found.faults.extend(f"{where}: {why}" for why in (*faults, str(fault)))
        return
    named = key.words("Policy", "PINPolicy", "PINKeyId") or _attribute(
        key, "PINKeyId", "Policy", "PINPolicy"
    )
    if not secret:
        faults.append("it has no secret")
    if not 0 <= counter < 2**62 or abs(drift) > 2**20:
        faults.append("its counter or drift is out of bounds")
    if named and named not in pins:
        faults.append(f"its PIN {named!r} is not in the file")
    found.faults.extend(f"{where}: {why}" for why in faults)
    if not faults:
        user = key.words("UserId") or package.words("DeviceInfo", "UserId")
        found.keys.append(
            Delivered(
                key.line,
                serial,
                user,
                _suite(key),
                secret or b"",
                counter,
                drift,
                interval,
                pins.get(named, ""),
            )
        )


def _suite(key: Element) -> str:
    """The suite, from its own element or from the end of the algorithm's name."""
    told = key.words("AlgorithmParameters", "Suite")
    algorithm = key.attributes.get("Algorithm", "")
    start = algorithm.find(SUITES)
    return told or (algorithm[start:] if start >= 0 else "")


def _unfit(key: Element) -> Iterator[str]:
    """What this server's page and its readers would not agree upon."""
    asked = key.child("AlgorithmParameters", "ChallengeFormat")
    if asked is not None:
        told = asked.attributes
        if not small(told.get("Min", "0")) <= DIGITS <= small(told.get("Max", "99")):
            yield f"its challenges are not {DIGITS} digits long"
        if told.get("Encoding", "DECIMAL") not in ENCODINGS:
            yield "its challenges are not made of digits"
        yield from _checked(told, "challenges")
    shown = key.child("AlgorithmParameters", "ResponseFormat")
    if shown is not None:
        told = shown.attributes
        if (told.get("Length"), told.get("Encoding", "DECIMAL")) != (str(DIGITS), "DECIMAL"):
            yield f"its answers are not {DIGITS} digits"
        yield from _checked(told, "answers")


def _checked(told: dict[str, str], what: str) -> Iterator[str]:
    if told.get("CheckDigits", told.get("CheckDigit", "false")) in {"true", "1"}:
        yield f"its {what} end in a check digit, which is not made here"


def _forbidden(key: Element, now: int) -> Iterator[str]:
    """What the policy of a key says against using it here (RFC 6030 §5)."""
    policy = key.child("Policy")
    if policy is None:
        return
    for one in policy.children:
        if one.name not in POLICIES:
            yield f"its policy says {one.name}, which is not known here"
    uses = {one.text.strip() for one in policy.children if one.name == "KeyUsage"}
    if uses and "CR" not in uses:
        yield "its policy does not let it answer challenges"
    try:
        starts, ends = (_moment(policy.words(name)) for name in ("StartDate", "ExpiryDate"))
    except (ValueError, OverflowError):
        yield "its policy has a date that can't be read"
        return
    if starts is not None and starts > now:
        yield "its policy does not let it be used yet"
    if ends is not None and ends <= now:
        yield "its policy has ended it"
    mode = _attribute(key, "PINUsageMode", "Policy", "PINPolicy")
    if mode and mode not in PIN_MODES:
        yield f"its PIN is used in the way {mode!r}, which is not known here"


def _attribute(key: Element, name: str, *path: str) -> str:
    found = key.child(*path)
    return found.attributes.get(name, "") if found else ""


def _moment(text: str) -> int | None:
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
