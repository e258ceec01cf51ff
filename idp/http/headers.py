# SPDX-License-Identifier: Apache-2.0
"""Security headers of every answer, errors and redirects included (WB-001, WB-002, OA-019)."""

from idp.http.wire import Headers, Page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src {connect}; manifest-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors {ancestors}; form-action {form}"
)
SELF = "'self'"
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

    def _with(
        self,
        forms: tuple[str, ...],
        connects: tuple[str, ...],
        frames: tuple[str, ...] = (),
        *,
        framed: bool = False,
    ) -> Headers:
        policy = POLICY.format(
            connect=" ".join((SELF, *connects)),
            form=" ".join((SELF, *forms)),
            ancestors=SELF if framed else "'none'",
        )
        if frames:
            policy = f"{policy}; frame-src {' '.join((SELF, *frames))}"
        workstation = WORKSTATION if connects else NO_WORKSTATION
        common = [
            (name, "SAMEORIGIN" if framed and name == "X-Frame-Options" else value)
            for name, value in COMMON
        ]
        headers = [
            *common,
            ("Permissions-Policy", f"{PERMISSIONS}, {workstation}"),
            ("Content-Security-Policy", policy),
        ]
        return [*headers, HSTS] if self._secure else headers

    def allowing(self, page: Page) -> Headers:
        """The headers of a page whose form, script or frames may lead to other sites.

        Browsers hold form-action against the whole chain of redirects after a submission, and
        frame-src against that of a frame.
        """
        forms, connects, frames = page.form_targets, page.connect_targets, page.frames
        if not (forms or connects or frames or page.is_framed):
            return self.plain
        return self._with(forms, connects, frames, framed=page.is_framed)
