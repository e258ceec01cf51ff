# SPDX-License-Identifier: Apache-2.0
"""What the tests of attacks share."""

from tests.security.crawl import crawled, ours, pages, quiet
from tests.security.saml_scene import browser, party, provider

__all__ = ["browser", "crawled", "ours", "pages", "party", "provider", "quiet"]
