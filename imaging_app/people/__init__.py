# SPDX-License-Identifier: Apache-2.0
"""Patients, their files at establishments, professionals as last seen, and who cares for whom.

Owns identity: which file belongs to which patient, and by which traits somebody is found. It does
not decide who may see what (`imaging_app.access`), and knows nothing of exams.
"""
