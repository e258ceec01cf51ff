# SPDX-License-Identifier: Apache-2.0
"""What the tests of attacks share."""

from tests.security.crawl import crawled, pages, quiet

__all__ = ["crawled", "pages", "quiet"]
