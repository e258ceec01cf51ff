# SPDX-License-Identifier: Apache-2.0
"""Pages of one exam: the viewer and what it reads, reports, downloads."""
