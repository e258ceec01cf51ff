# SPDX-License-Identifier: Apache-2.0
"""What the means that lean on an OpenID provider share; no means itself.

Its description and keys, believed only as far as the operator's settings go; its tokens and what it
tells of somebody, each with every check that the specifications ask for. OpenID Connect Core,
Discovery, RFC 6749, 7636, 8705, 9207. It resists a mix-up of providers, foreign and forged tokens,
poisoned descriptions and floods of unknown keys; it does not know who anybody is here.
"""
