# SPDX-License-Identifier: Apache-2.0
"""The other side: applications that delegate login to Sceau, and the kit they do it with.

They speak protocol only and import nothing of `idp` or `connectors`. Owned here: the kit, the
example applications built on it, their registrations, their look and their words. Not owned: who a
person is, how that was proved, and what the application may learn about it; Sceau says so.
"""
