# SPDX-License-Identifier: Apache-2.0
"""Programs that call the administration: how often they did, and what they were answered once.

Owns the allowance of each caller and the answers kept for repeated requests. What a program may do
is decided elsewhere (`idp.administration.authority`).
"""
