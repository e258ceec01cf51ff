# SPDX-License-Identifier: Apache-2.0
"""What an application may be, where that alone decides by what people come."""

from typing import Final

# We are the provider that it leans on for a login of its own, as Pro Santé Connect does. What we
# vouch for there is believed by everybody behind it.
LOCAL: Final = "local-provider"
PROFILES: Final = ("", LOCAL)
# What is proved by them is of no use at any other address: the passkey's browser signs for ours
# alone, the card's agent or TLS session too. Whoever reads a password, a code, or the number of a
# calculette can type it on a page that only looks like ours, which passes it on while it is good.
# What was proved elsewhere, at Pro Santé Connect for one, is nothing that we could vouch for: it
# would be told back to whoever it came from. Whatever is not named here is refused.
UNPHISHABLE: Final = frozenset({"cps", "passkey"})
