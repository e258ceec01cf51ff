# SPDX-License-Identifier: Apache-2.0
"""Exams: what came in, whose it is, how it is found, and the reports about it.

It owns the index of exams, series, images and reports, the way in (by folder and by bytes), what
was set aside and why. It decides nothing of who may see what, and parses nothing itself.
"""
