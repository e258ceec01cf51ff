# SPDX-License-Identifier: Apache-2.0
"""What administrators say and do for everybody: announcements now; roles and perimeters to come.

Owns the services that the command line and, later, the console share. Does not own the nouns that
these services act on.
"""
