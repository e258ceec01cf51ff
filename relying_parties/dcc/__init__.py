# SPDX-License-Identifier: Apache-2.0
"""DCC, « Dossier communicant de cancérologie »: an example to copy, with fictional dossiers.

Owned here: its pages and its dossiers. Login is the kit's business, and who may open the
application (members of Onco Centre) is stated in its registration and enforced by the provider.
"""
