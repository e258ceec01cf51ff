# SPDX-License-Identifier: Apache-2.0
"""What happened, for those who watch: audit, figures, and what was sent."""
