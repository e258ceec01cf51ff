# SPDX-License-Identifier: Apache-2.0
"""Launches: programs of establishments that may send one, and each launch on its way.

Owned here: the register of sources, what waits between a program's word and the application that it
leads to. How a launch is signed and read is the means' (`connectors/launch`); who comes by it is
found by the login; what arrives on the wire is `idp.launching`'s.
"""
