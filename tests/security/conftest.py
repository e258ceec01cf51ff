# SPDX-License-Identifier: Apache-2.0
"""What the tests of attacks share."""

from tests.security.crawl import crawled, pages, quiet
from tests.security.saml_scene import browser, party, provider

__all__ = ["browser", "crawled", "pages", "party", "provider", "quiet"]
