# SPDX-License-Identifier: Apache-2.0
"""Exams for a demonstration: bodies that a script draws, their patients and their reports.

Nobody in here exists, and no picture is anybody's. Nothing of it is shipped as a file: it is drawn
where it is wanted, in full size or in a small one for tests.
"""
