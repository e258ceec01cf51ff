# SPDX-License-Identifier: Apache-2.0
"""Where a request came from, as audit, throttling and logs see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Address (after trusted proxies), user agent and request id of one request."""

    address: str
    user_agent: str
    request_id: str
