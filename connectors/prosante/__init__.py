# SPDX-License-Identifier: Apache-2.0
"""How Pro Santé Connect tells who somebody is; no means itself.

Its userinfo as a typed value (names in any case, all values texts, absent ones empty), what its
words for a login are worth, and where its two environments are.
"""
