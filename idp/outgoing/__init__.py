# SPDX-License-Identifier: Apache-2.0
"""The one guarded door for everything this server fetches from elsewhere (SSRF: BR-015, WB-033).

A name is resolved once, every address it gives is checked, and the connection goes to one of
exactly those. https only, no redirect, no proxy, no compression, bounded in time and size.
Only a destination that the operator allowed by `host:port` may be private, or plain http; a
fetcher of signed things (revocation lists, OCSP) may use http on port 80 of public addresses.
It knows nothing of what is fetched, and keeps nothing.
"""

from idp.outgoing.fetcher import Fetcher, Unreachable
from idp.outgoing.wire import Fetched

__all__ = ["Fetched", "Fetcher", "Unreachable"]
