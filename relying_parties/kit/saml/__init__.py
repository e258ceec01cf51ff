# SPDX-License-Identifier: Apache-2.0
"""The kit's SAML side: a service provider behind the same binding as OpenID Connect.

Owned here: requests out, answers in and everything that makes an answer believable, the provider's
metadata and our own, logout in both directions. XML is handled here and nowhere else in the kit;
signatures in one file of it. Not owned: sessions, cookies and guards, which both protocols share.
"""
