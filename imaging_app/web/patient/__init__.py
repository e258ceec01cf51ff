# SPDX-License-Identifier: Apache-2.0
"""The patient's space: their exams, who looked, who is kept out, what is shared and with whom.

Pages alone: each rule is `imaging_app.access.choosing`'s, and each look goes through the doors.
"""
