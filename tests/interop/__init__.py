# SPDX-License-Identifier: Apache-2.0
"""Real foreign clients and servers against ours."""
