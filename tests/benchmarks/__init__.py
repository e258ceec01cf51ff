# SPDX-License-Identifier: Apache-2.0
"""What the provider costs: `make bench`. Drives it over HTTP, beside a bare Flask route.

Owns the load generator, the scenarios and the table. Changes nothing of what it measures.
"""
