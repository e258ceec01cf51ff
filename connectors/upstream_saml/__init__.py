# SPDX-License-Identifier: Apache-2.0
"""Another provider that speaks SAML 2.0: the browser is sent there, and posts what it was told.

Owns the order of things: what a login there must answer, and that it answers once. The messages
themselves are the host's to write and to read, so that one parser and one file for signatures serve
them all. Resists answers to another browser's login, to another request, of another provider, or of
an old login there; it does not resist a provider that lies about its own people.
"""
