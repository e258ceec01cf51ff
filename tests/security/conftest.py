# SPDX-License-Identifier: Apache-2.0
"""What the tests of attacks share."""

from tests.security.crawl import crawled, ours, pages, quiet
from tests.security.launch_scene import region, software
from tests.security.phone_scene import both, phones, sent
from tests.security.prosante_scene import clock, here, there
from tests.security.provider_scene import beside, house
from tests.security.saml_scene import browser, party, provider

__all__ = [
    "beside",
    "both",
    "browser",
    "clock",
    "crawled",
    "here",
    "house",
    "ours",
    "pages",
    "party",
    "phones",
    "provider",
    "quiet",
    "region",
    "sent",
    "software",
    "there",
]
