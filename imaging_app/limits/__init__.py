# SPDX-License-Identifier: Apache-2.0
"""How often something was tried within an hour, by whom and from where.

Owns the counters and nothing of what is counted.
"""
