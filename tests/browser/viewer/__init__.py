# SPDX-License-Identifier: Apache-2.0
"""The viewer alone, in a real browser, over exams that are known to the last pixel."""
