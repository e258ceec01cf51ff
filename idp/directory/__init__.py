# SPDX-License-Identifier: Apache-2.0
"""National registers: who practises in France and where, by number and by name.

Owns nomenclatures, check digits, the import of the open extracts, look-ups, and how far a person
agrees with what a register says of them; and the Annuaire, which shows our own people as far as
each of them wishes. Does not own accounts, and never proves who somebody is: registers are public.
"""
