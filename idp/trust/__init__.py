# SPDX-License-Identifier: Apache-2.0
"""Trust: the authorities that certificates are believed under, and whether a certificate stands.

Owns the operator's authorities (never the system's), building and checking a path to one of
their keys, revocation lists and OCSP, and what is done when neither can be had. It does not own
what a certificate says of a person (the means), nor the cards bound to accounts (`credentials`).
"""
