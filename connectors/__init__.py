# SPDX-License-Identifier: Apache-2.0
"""The means of authentication: one folder each, that know neither provider nor web nor database.

A connector answers one question, "is this the person?", through the interface in `base`, and asks
its host for what it needs through the ports in `ports`. Counting tries, locking, audit and
single use belong to the host (`idp.login.attempt`), for every means alike.
"""
