# SPDX-License-Identifier: Apache-2.0
"""The rows of SAML once more, against the applications' kit."""
