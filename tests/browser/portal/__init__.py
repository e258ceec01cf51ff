# SPDX-License-Identifier: Apache-2.0
"""The imaging portal in Chromium."""
