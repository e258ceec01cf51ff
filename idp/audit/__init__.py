# SPDX-License-Identifier: Apache-2.0
"""Audit events: recorded with what they tell of, sealed into a chain, verified, searched, and
removed when they are old.

Owns the audit tables and is their only writer. It does not decide what deserves an event (each verb
records its own), and does not ship events to another system (logs do).
"""
