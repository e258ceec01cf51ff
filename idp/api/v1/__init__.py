# SPDX-License-Identifier: Apache-2.0
"""The REST API, first version: one file an area, each a list of operations over a service."""
