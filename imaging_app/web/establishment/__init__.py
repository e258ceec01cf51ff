# SPDX-License-Identifier: Apache-2.0
"""The establishment's side: its consent desk, codes, carers, what it brings in, what it reads.

Pages here ask the doors and the verbs of `imaging_app.access` and decide nothing themselves.
"""
