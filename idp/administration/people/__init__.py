# SPDX-License-Identifier: Apache-2.0
"""People: found, shown, made, changed, merged; what they hold, and taking changes back."""
