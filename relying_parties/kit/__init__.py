# SPDX-License-Identifier: Apache-2.0
"""The kit: what a Flask application needs to delegate its login by OpenID Connect or SAML.

Owned here: discovery and keys of one pinned provider, the way out and back (PKCE, nonce, state,
`iss`), checking of every token and assertion, local sessions kept on the server, levels and
step-up, both directions of logout; SAML's own part is in `saml`. Not owned: pages (the application
renders them), words (it translates them), and any decision about who may do what inside the
application.
"""
