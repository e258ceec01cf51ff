# SPDX-License-Identifier: Apache-2.0
"""What somebody must be told: written in the transaction of what it tells of, sent by an edge.

Owns the outbox. It neither sends nor words anything.
"""
