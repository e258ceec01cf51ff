# SPDX-License-Identifier: Apache-2.0
"""The edge of launches: what establishments' software sends, and where the browser goes then."""
