# SPDX-License-Identifier: Apache-2.0
"""What may never be read in a log (WB-022): known by the name of a field, or by its look in a text.

The second line of defence, after not logging it: a secret under a name that tells nothing, in a
form that tells nothing, is not found.
"""

import re
from urllib.parse import unquote

REDACTED = "[redacted]"

# Anywhere in a name: new_password, password_hash, client_secret, set-cookie, proxy-authorization.
_ANYWHERE = (
    *("password", "passwd", "passphrase", "secret", "cookie", "authorization", "credential"),
    *(
        "assertion",
        "privatekey",
        "codeverifier",
        "keyring",
        "samlresponse",
        "idtoken",
        "accesstoken",
    ),
    *("refreshtoken", "otpauth", "loginhint"),
)
# As a last word of a name: logout_token, user_code, csrf; but token_type is none.
_LAST = frozenset(
    {
        *("token", "tokens", "code", "codes", "pin", "otp", "totp", "seed", "jwt", "jws", "jwe"),
        *("verifier", "ticket", "csrf", "artifact", "samlart", "pwd", "dsn"),
    }
)
# Names of that form that hold no secret.
_HARMLESS = frozenset(
    {
        *("status_code", "error_code", "exit_code", "reason_code", "http_code", "return_code"),
        *("country_code", "postal_code", "insee_code", "secret_names"),
    }
)
# Secret as a parameter of an address, though common words elsewhere.
_IN_ADDRESS = frozenset({"state", "nonce", "request", "response"})
_PREFIXES = ("__host-", "__secure-")

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[^a-z0-9]+")

# `=` as it stands, or percent-encoded because the whole address is a parameter of another.
_EQUALS = re.compile(r"=|%(?:25){0,3}3[Dd]")
_NAME = re.compile(r"[A-Za-z0-9_.\[\]?&#;%-]*\Z")
_NAME_LONGEST = 96
# A quoted value, however often it was quoted again: it ends at a quote escaped as its first one.
_STRING = r"""(?P<escape>\\*)(?P<quote>["'])(?:(?!(?<!\\)(?P=escape)(?P=quote)).)*"""
_QUOTED = re.compile(r"\s?b?" + _STRING, re.DOTALL)
_PLAIN = re.compile(r"""(?:(?!%(?:25){0,3}(?:26|23))[^&\s"'<>\#;,)\]}])*""")

# "name": "value", as JSON and Python write a mapping, maybe quoted once more.
_MAPPED = re.compile(
    r"""(?P<name>["'][A-Za-z0-9_.-]{1,64}\\*["'])(?P<colon>\s*:\s*)"""
    rf"""(?:b?{_STRING}|-?[0-9]+)""",
    re.DOTALL,
)
_HEADER = re.compile(r"(?im)\b((?:set-)?cookie|(?:proxy-)?authorization)(\s*:\s*)(?!\s)[^\r\n]+")
_SAID = re.compile(r"(?i)\b(\w{0,32}(?:password|passphrase|secret)\w{0,32}\s?:\s?)[^\s\"',;]+")
_SCHEME = re.compile(
    r"\b((?i:bearer|basic|dpop|negotiate))((?:\s|%20|\+)+)"
    r"(?=[a-z]*[A-Z0-9._~+/=-])[A-Za-z0-9._~+/=-]{6,}"  # a plain word is no credential
)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*")
_USERINFO = re.compile(r"(?<=://)[^/\s@?#]{1,512}@")
_PEM = re.compile(r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----).*?(-----END|\Z)", re.DOTALL)


def is_sensitive(name: str) -> bool:
    """Whether a field of this name holds something secret."""
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", name).lower()).strip("_")
    if words in _HARMLESS:
        return False
    together = words.replace("_", "")
    if any(secret in together for secret in _ANYWHERE):
        return True
    return words.rpartition("_")[2] in _LAST or name.lower().startswith(_PREFIXES)


def redact_text(text: str) -> str:
    """The text, without the values that look or are announced as secrets."""
    if "eyJ" in text:
        text = _JWT.sub(REDACTED, text)
    if "PRIVATE KEY" in text:
        text = _PEM.sub(rf"\1{REDACTED}\2", text)
    if ":" in text:
        text = _MAPPED.sub(_hide_mapped, text)
        text = _HEADER.sub(rf"\1\2{REDACTED}", text)
        text = _SAID.sub(rf"\1{REDACTED}", text)
        text = _USERINFO.sub(f"{REDACTED}@", text)
    if "=" in text or "%" in text:
        text = _hide_assigned(text)
    return _SCHEME.sub(rf"\1\2{REDACTED}", text)


def _hide_mapped(found: re.Match[str]) -> str:
    if not is_sensitive(found["name"].strip("\"'\\")):
        return found[0]
    return f'{found["name"]}{found["colon"]}"{REDACTED}"'


def _hide_assigned(text: str) -> str:
    parts: list[str] = []
    done = 0
    for equals in _EQUALS.finditer(text):
        if equals.start() < done or not _announces_secret(text, equals.start()):
            continue
        value = _QUOTED.match(text, equals.end()) or _PLAIN.match(text, equals.end())
        end = value.end() if value else equals.end()
        if end > equals.end():
            parts += [text[done : equals.end()], REDACTED]
            done = end
    return "".join([*parts, text[done:]])


def _announces_secret(text: str, end: int) -> bool:
    before = _NAME.search(text[max(0, end - _NAME_LONGEST) : end])
    name = before[0] if before else ""
    for _ in range(4):  # encoded within encoded within encoded
        name = unquote(name)
    words = re.split(r"[?&#;/:=\s]", name)
    in_address = len(words) > 1 and words[-1].lower() in _IN_ADDRESS
    return in_address or is_sensitive(words[-1])
