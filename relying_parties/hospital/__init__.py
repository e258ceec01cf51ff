# SPDX-License-Identifier: Apache-2.0
"""« Hôpital Manager », an establishment's software that opens applications: an example to copy.

Owned here: its key, its patients, how a launch is signed and sent (`launches.py`). Who is at work
in it is its own business: real software has its own login, this one asks which of a few it is.
"""
