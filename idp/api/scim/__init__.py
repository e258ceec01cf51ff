# SPDX-License-Identifier: Apache-2.0
"""SCIM 2.0 (RFC 7643, RFC 7644): people as Users, communities as Groups, over the same services."""
