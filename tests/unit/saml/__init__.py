# SPDX-License-Identifier: Apache-2.0
"""The edge of SAML: what is read, signed, encrypted and written there."""
