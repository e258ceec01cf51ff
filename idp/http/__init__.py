# SPDX-License-Identifier: Apache-2.0
"""What the edges share: the wire, the front, cookies, headers, forms, pages, locale.

Owns no decision about a login; it carries requests in and answers out.
"""
