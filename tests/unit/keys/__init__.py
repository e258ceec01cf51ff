# SPDX-License-Identifier: Apache-2.0
"""idp.keys, on both databases."""
