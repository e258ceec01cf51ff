# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a maker's file of calculettes, or with one that is typed, in people's words.

Whoever reads such a file tells its faults in English, for logs and the command line. A test asks
that each has its words.
"""

import re
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

_l = lazy_gettext
# In braces what differs from one to another; the words name it again.
SENTENCES: Final[tuple[tuple[str, Any], ...]] = (
    # Of the whole file.
    ("the file is longer than {most} bytes", _l("the file is too long")),
    ("it is no KeyContainer of {space}", _l("it is no file of keys (PSKC, RFC 6030)")),
    ("its version is not 1.0", _l("its version is not 1.0")),
    ("it holds no key", _l("it holds no key")),
    ("it holds no element", _l("it holds no element")),
    ("it is no XML: {why}", _l("it is no XML (%(why)s)")),
    (
        "it declares a document type, which is not read",
        _l("it declares a document type, which is not read"),
    ),
    ("it is nested too deep, or too long", _l("it is nested too deep, or too long")),
    # Of what protects it.
    (
        "it is encrypted without a MAC (MACMethod)",
        _l("it is encrypted with nothing that shows changes (MACMethod)"),
    ),
    (
        "its MAC is not right: another key, or it was changed on the way",
        _l("its MAC is not right: another key, or it was changed on the way"),
    ),
    ("the keys are encrypted: say with which key", _l("its keys are encrypted: give their key")),
    ("the MAC {name} is not known", _l("the MAC %(name)s is not known")),
    (
        "the keys are protected by a passphrase: say which",
        _l("its keys are protected by a passphrase: give it"),
    ),
    (
        "only PBKDF2 makes a key of a passphrase here",
        _l("only PBKDF2 makes a key of a passphrase here"),
    ),
    (
        "PBKDF2 says nothing of its salt and rounds",
        _l("PBKDF2 says nothing of its salt and rounds"),
    ),
    (
        "PBKDF2 has a salt, a number of rounds or a function that is not taken",
        _l("PBKDF2 has a salt, a number of rounds or a function that is not taken"),
    ),
    (
        "PBKDF2 makes no key of a length that AES takes",
        _l("PBKDF2 makes no key of a length that AES takes"),
    ),
    (
        "the encryption {name} is not taken: AES-CBC is",
        _l("the encryption %(name)s is not taken: AES-CBC is"),
    ),
    (
        "its key has {bits} bits, not {given}",
        _l("its key has %(bits)s bits, the one given has %(given)s"),
    ),
    ("what is encrypted is cut short", _l("what is encrypted is cut short")),
    ("it does not open: another key", _l("it does not open: another key")),
    ("it is not base 64", _l("it is not base 64")),
    ("{name} is no number", _l("%(name)s is no number")),
    # Of one key.
    ("the PIN can't be read: {fault}", _l("the PIN can’t be read: %(fault)s")),
    ("it is not plain digits", _l("it is not plain digits")),
    ("it has no secret", _l("it has no secret")),
    ("its counter or drift is out of bounds", _l("its counter or drift is out of bounds")),
    ("its PIN {name} is not in the file", _l("its PIN %(name)s is not in the file")),
    (
        "its challenges are not {digits} digits long",
        _l("its challenges have not %(digits)s digits"),
    ),
    ("its challenges are not made of digits", _l("its challenges are not made of digits")),
    ("its answers are not {digits} digits", _l("its answers have not %(digits)s digits")),
    (
        "its {what} end in a check digit, which is not made here",
        _l("its challenges or answers end in a check digit, which is not made here"),
    ),
    (
        "its policy says {name}, which is not known here",
        _l("its policy says %(name)s, which is not known here"),
    ),
    (
        "its policy does not let it answer challenges",
        _l("its policy does not let it answer challenges"),
    ),
    ("its policy has a date that can't be read", _l("its policy has a date that can’t be read")),
    (
        "its policy does not let it be used yet",
        _l("its policy does not let it be used yet"),
    ),
    ("its policy has ended it", _l("its policy has ended it")),
    (
        "its PIN is used in the way {name}, which is not known here",
        _l("its PIN is used in the way %(name)s, which is not known here"),
    ),
    # Of a reader, its suite and its card.
    ("nothing says whose card it answers for", _l("nothing says whose card it answers for")),
    ("nothing says its suite", _l("nothing says its suite")),
    (
        "its secret has {bytes} bytes, not {least} to {most}",
        _l("its secret has %(bytes)s bytes, not %(least)s to %(most)s"),
    ),
    (
        "its secret is one byte over and over: a placeholder",
        _l("its secret is one byte over and over: a placeholder"),
    ),
    (
        "its steps last {seconds} s, and those of {suite} do not",
        _l("its steps last %(seconds)s s, and those of %(suite)s do not"),
    ),
    (
        "{suite} needs the card's own code, 4 to 12 digits",
        _l("%(suite)s needs the card’s own code, 4 to 12 digits"),
    ),
    ("the card {card} comes twice", _l("the card %(card)s comes twice")),
    (
        "there is no card {card}: `sceau cards add` binds it first",
        _l("there is no card %(card)s: bind it first"),
    ),
    (
        "the card {card} has another reader: remove that one first",
        _l("the card %(card)s has another calculette: it must be removed first"),
    ),
    (
        "the card {card} can't be given a reader",
        _l("the card %(card)s can’t be given a calculette"),
    ),
    (
        "{suite} is no OCRA suite: its {part} is not as RFC 6287 says",
        _l("%(suite)s is no OCRA suite (RFC 6287: %(part)s)"),
    ),
    (
        "{suite}: answers have {here} digits here, not {digits}",
        _l("%(suite)s: answers have %(here)s digits here, not %(digits)s"),
    ),
    (
        "{suite}: a challenge has {here} digits here",
        _l("%(suite)s: a challenge has %(here)s digits here"),
    ),
    (
        "{suite}: nobody can tell a reader of a session",
        _l("%(suite)s: nobody can tell a calculette of a session"),
    ),
    (
        "{suite}: a step of {seconds} s is over before the answer is typed",
        _l("%(suite)s: a step of %(seconds)s s is over before the answer is typed"),
    ),
    # Of the delivery.
    (
        "A batch is named by 1 to 64 letters, digits, spaces, . _ and -.",
        _l("A delivery is named by 1 to 64 letters, digits, spaces, . _ and -."),
    ),
    ("There is no verifier {name}.", _l("There is no verifier %(name)s.")),
    (
        "The batch {name} is {verifier}, {suite}: name another.",
        _l("The delivery %(name)s has the suite %(suite)s: name another."),
    ),
    (
        "A batch has one suite, and these have {suites}.",
        _l("A delivery has one suite, and these have %(suites)s."),
    ),
)
PLACE: Final = re.compile(r"line (?P<line>[0-9]+)(?: \(serial (?P<serial>.*?)\))?: (?P<fault>.+)")


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL)


PATTERNS: Final = tuple((_pattern(one), words) for one, words in SENTENCES)


def reader_fault(fault: str) -> str:
    """A fault as people read it; what has no words yet is shown as it was told."""
    if placed := PLACE.fullmatch(fault):
        line, serial = placed["line"], (placed["serial"] or "").strip("'\"")
        told = reader_fault(placed["fault"])
        if serial:
            named = _("Line %(line)s (%(serial)s): %(fault)s", line=line, serial=serial, fault=told)
            return str(named)
        return str(_("Line %(line)s: %(fault)s", line=line, fault=told))
    for pattern, words in PATTERNS:
        if found := pattern.fullmatch(fault):
            named = found.groupdict()
            if "fault" in named:
                named["fault"] = reader_fault(named["fault"])
            return str(words) % named
    return fault
