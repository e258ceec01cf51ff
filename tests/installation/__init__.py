# SPDX-License-Identifier: Apache-2.0
"""The built wheel, far from the checkout."""
