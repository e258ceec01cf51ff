# SPDX-License-Identifier: Apache-2.0
"""A professional asks for an account: the pages of the four steps, and what comes after them.

What is kept, and what may follow what, is decided in `idp.registration`.
"""
