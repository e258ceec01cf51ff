# SPDX-License-Identifier: Apache-2.0
"""The pages of requests that nobody is answered for."""

from idp.http.problems import problem_page
from idp.http.wire import Page
from idp.saml.receive import Untrusted


def untrusted_page(untrusted: Untrusted) -> Page:
    """What is wrong, with a stable id; nothing is posted anywhere."""
    known = untrusted.application
    return problem_page(
        untrusted.problem,
        status=untrusted.status,
        hint=untrusted.hint,
        application=known.application if known else None,
    )
