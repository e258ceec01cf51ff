# SPDX-License-Identifier: Apache-2.0
"""Who may do what with whose exam: the decision, the doors, and the deeds that change the rules.

Owns grants, motives and permissions to download, and is the only builder of a `Passage`: nothing
of an exam is read by an edge but with one, and each decision is traced before anything is handed
out. It neither stores exams nor speaks a protocol.
"""
