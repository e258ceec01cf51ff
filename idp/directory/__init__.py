# SPDX-License-Identifier: Apache-2.0
"""National registers as Sceau knows them: practitioners, structures, nomenclatures.

Owns their import, their check digits and their look-up. What a register says of somebody is no
proof of who they are: accounts and their proofs are elsewhere.
"""
