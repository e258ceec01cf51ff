# SPDX-License-Identifier: Apache-2.0
"""A professional's request: from a four-step draft to somebody's decision.

Owns drafts, their completeness, the queue and what was decided. It makes no account itself: the
administration does, on the strength of a decision.
"""
