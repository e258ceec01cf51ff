# SPDX-License-Identifier: Apache-2.0
"""The cookies: few, opaque, HttpOnly but for one; `__Host-` where the issuer is https (WB-003)."""

from dataclasses import dataclass

DEVICE_LIFE = 365 * 86_400
# The secret of a letter's link: whoever sits at the same screen an hour later must not find it.
LINK_LIFE = 1800


@dataclass(frozen=True, slots=True)
class CookieJar:
    """Names and attributes of this installation's cookies."""

    secure: bool

    def name(self, purpose: str) -> str:
        """The cookie's full name."""
        # One name per application: on localhost the ports share their cookies.
        return f"__Host-sceau_{purpose}" if self.secure else f"sceau_{purpose}"

    def set(self, purpose: str, value: str, max_age: int | None = None) -> tuple[str, str]:
        """The header that sets a cookie; without max_age it ends with the browser."""
        parts = [f"{self.name(purpose)}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if self.secure:
            parts.append("Secure")
        if max_age is not None:
            parts.append(f"Max-Age={max_age}")
        return ("Set-Cookie", "; ".join(parts))

    def shown(self, purpose: str, value: str, max_age: int | None = None) -> tuple[str, str]:
        """The header of one that scripts read, in frames within other sites too: no secret."""
        # Browsers take it with Secure alone, which they let pass on one's own machine.
        parts = [f"{self.name(purpose)}={value}", "Path=/", "SameSite=None", "Secure"]
        if max_age is not None:
            parts.append(f"Max-Age={max_age}")
        return ("Set-Cookie", "; ".join(parts))

    def drop(self, purpose: str) -> tuple[str, str]:
        """The header that removes a cookie."""
        return self.set(purpose, "", 0)
