# SPDX-License-Identifier: Apache-2.0
"""SAML as it travels, and what others make of it."""
