# SPDX-License-Identifier: Apache-2.0
"""Security headers of every answer, errors and redirects included (WB-001, WB-002, OA-019)."""

from idp.http.wire import Headers

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src {connect}; manifest-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action {form}"
)
COMMON: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"
# AG-006: a page may speak to programs of its workstation where it has to, and nowhere else.
NO_WORKSTATION = "local-network-access=(), loopback-network=()"
WORKSTATION = "local-network-access=(self), loopback-network=(self)"
# RFC 6797: two years, subdomains included.
HSTS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


class SecurityHeaders:
    """The headers, built once."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self.plain = self._with((), ())

    def _with(self, forms: tuple[str, ...], connects: tuple[str, ...]) -> Headers:
        policy = POLICY.format(
            connect=" ".join(("'self'", *connects)), form=" ".join(("'self'", *forms))
        )
        workstation = WORKSTATION if connects else NO_WORKSTATION
        headers = [
            *COMMON,
            ("Permissions-Policy", f"{PERMISSIONS}, {workstation}"),
            ("Content-Security-Policy", policy),
        ]
        return [*headers, HSTS] if self._secure else headers

    def allowing(self, forms: tuple[str, ...], connects: tuple[str, ...] = ()) -> Headers:
        """The headers of a page whose form, or whose script, may lead to other sites.

        Browsers hold form-action against the whole chain of redirects after a submission.
        """
        return self._with(forms, connects) if forms or connects else self.plain
