# SPDX-License-Identifier: Apache-2.0
"""The house's own rules on sizes, words, packages, templates, tables; imports are in setup.cfg."""
