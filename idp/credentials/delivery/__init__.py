# SPDX-License-Identifier: Apache-2.0
"""Readers as their maker delivers them: a file read whole, and what it would come to."""
