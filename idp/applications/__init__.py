# SPDX-License-Identifier: Apache-2.0
"""Relying parties as registered: who they are, what they may ask, whom they let in.

Owns the neutral part: policy (means, level, communities), secrets and switches. What is particular
to a protocol is kept here as opaque settings and understood only by that protocol's edge.
"""
