# SPDX-License-Identifier: Apache-2.0
"""Security headers of every answer, errors and redirects included (WB-001, WB-002, OA-019)."""

from idp.http.wire import Headers

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action "
)
COMMON: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
]
# RFC 6797: two years, subdomains included.
HSTS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


class SecurityHeaders:
    """The headers, built once."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self.plain = self._with(("'self'",))

    def _with(self, targets: tuple[str, ...]) -> Headers:
        headers = [*COMMON, ("Content-Security-Policy", POLICY + " ".join(targets))]
        return [*headers, HSTS] if self._secure else headers

    def allowing(self, targets: tuple[str, ...]) -> Headers:
        """The headers of a page whose form may lead to other sites.

        Browsers hold form-action against the whole chain of redirects after a submission.
        """
        return self._with(("'self'", *targets)) if targets else self.plain
