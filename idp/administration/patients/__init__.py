# SPDX-License-Identifier: Apache-2.0
"""Patients: their consents, their accounts, their letters."""
