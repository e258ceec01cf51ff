# SPDX-License-Identifier: Apache-2.0
"""Accounts of patients: made at the identity provider through its API, in the desk's own name.

It knows the provider's protocol and nothing of the portal's tables; whoever calls has asked the
doors, and keeps what it is told.
"""
