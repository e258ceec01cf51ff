# SPDX-License-Identifier: Apache-2.0
"""SAML 2.0 on the wire: parse once, verify, steer the login, answer.

The only place that knows this protocol's words, and the only one that handles XML. Decides nothing
about a person: that is `login`.
"""
