# SPDX-License-Identifier: Apache-2.0
"""Sharing codes: issued to a patient, entered by a professional, expired or revoked.

Owns the codes, who has entered them, and the neutral answer to whoever guesses. What a code opens
is a grant of `imaging_app.access`.
"""
