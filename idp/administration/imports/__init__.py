# SPDX-License-Identifier: Apache-2.0
"""Imports of people: a table read, tried out, carried out and taken back."""
