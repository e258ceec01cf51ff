# SPDX-License-Identifier: Apache-2.0
"""Audit events: recorded with what they tell of, sealed into a chain, verified, searched.

Owns the three audit tables and is their only writer. It does not decide what deserves an event
(each verb records its own), does not ship events to another system (logs do), and does not yet
drop old ones: see `idp.audit.append_only` for the way retention must take.
"""
