# SPDX-License-Identifier: Apache-2.0
"""What this server goes by: applications, passwords, keys that sign, authorities of cards."""
