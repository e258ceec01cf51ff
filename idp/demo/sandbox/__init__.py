# SPDX-License-Identifier: Apache-2.0
"""A Pro Santé Connect for the demo and tests: its paths, claims, lifetimes, and troubles.

Like the agency's, as far as facts/health_identity.md tells. Everything is in memory: whoever
restarts it begins anew. It never runs outside the demo and the tests.
"""
