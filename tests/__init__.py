# SPDX-License-Identifier: Apache-2.0
"""What Sceau promises, folder by folder; docs/architecture.md tells which folder holds what."""
