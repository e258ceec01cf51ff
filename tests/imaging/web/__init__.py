# SPDX-License-Identifier: Apache-2.0
"""The portal's pages."""
