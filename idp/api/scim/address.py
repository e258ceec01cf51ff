# SPDX-License-Identifier: Apache-2.0
"""Where SCIM is, apart from all that speaks it: that takes long to load."""

PREFIX = "/scim/v2"
