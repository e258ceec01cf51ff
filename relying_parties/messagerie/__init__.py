# SPDX-License-Identifier: Apache-2.0
"""Messagerie sécurisée: messages among professionals, read and written at level 3.

A SAML service provider on the kit, to copy from. Owned here: mailboxes, sealed at rest, and the
pages. Not owned: who somebody is, and how they proved it.
"""
