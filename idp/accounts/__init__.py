# SPDX-License-Identifier: Apache-2.0
"""The person: population, names and identifiers, state, communities they belong to.

Owns who somebody is. What proves it is in `credentials`; where they are logged in, in `sessions`.
"""
