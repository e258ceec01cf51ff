# SPDX-License-Identifier: Apache-2.0
"""The administration for programs: REST (OpenAPI 3.1) and SCIM 2.0, over the console's services.

Reads no cookie: whoever calls shows an access token. Decides nothing about rights: services do.
"""
