# SPDX-License-Identifier: Apache-2.0
"""What is asked of a provider: a JSON object, or the reason why there is none."""

from collections.abc import Mapping
from typing import Final

from connectors.openid.upstream import Failed, Fault
from connectors.ports import Http
from connectors.strict_json import read_object

LONGEST: Final = 256 * 1024
OK: Final = 200
JSON: Final = {"Accept": "application/json"}
FORM: Final = JSON | {"Content-Type": "application/x-www-form-urlencoded"}
# From here on they speak of themselves, not of what was asked.
BROKEN: Final = 500
TOO_MANY: Final = 429


def fetch_object(
    http: Http,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> tuple[int, dict[str, object]] | Failed:
    """The status and the one clear JSON object that came with it."""
    answer = http.fetch(method, url, headers, body)
    if answer is None:
        return Failed(Fault.NOT_REACHED, "no answer")
    if answer.status >= BROKEN or answer.status == TOO_MANY:
        return Failed(Fault.NOT_REACHED, f"HTTP {answer.status}")
    if len(answer.body) > LONGEST:
        return Failed(Fault.NOT_BELIEVED, "too long")
    try:
        text = answer.body.decode("utf-8")
    except UnicodeDecodeError:
        return Failed(Fault.NOT_BELIEVED, "not UTF-8")
    found = read_object(text, LONGEST)
    if found is None:
        return Failed(Fault.NOT_BELIEVED, "not one clear JSON object")
    return answer.status, found


def get_object(http: Http, url: str) -> dict[str, object] | Failed:
    """The JSON object at an address."""
    found = fetch_object(http, "GET", url, JSON)
    if isinstance(found, Failed):
        return found
    status, document = found
    return document if status == OK else Failed(Fault.NOT_REACHED, f"HTTP {status}")
