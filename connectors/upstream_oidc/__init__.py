# SPDX-License-Identifier: Apache-2.0
"""Login at another OpenID provider: the browser is sent there, and comes back with a code.

OIDC Core §3.1 with PKCE, nonce, state and RFC 9207. It resists codes and answers that were made for
other browsers, other journeys, other providers, or that come twice. It does not resist the provider
itself: it trusts it for who the person is, and is worth what the operator says that it is worth.
"""
