# SPDX-License-Identifier: Apache-2.0
"""What the region shares: establishments, communities, announcements, registers, webhooks."""
