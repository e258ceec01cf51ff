# SPDX-License-Identifier: Apache-2.0
"""How often something was tried within an hour, by whom and from where; how much runs at once.

Owns the counters and nothing of what is counted.
"""
