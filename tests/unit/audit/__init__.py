# SPDX-License-Identifier: Apache-2.0
"""idp.audit, on both databases."""
