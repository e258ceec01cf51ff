# SPDX-License-Identifier: Apache-2.0
"""Other providers that people come from, as administrators added them, and who is who there.

Owns their settings, sealed, and the links between a name there and an account here. How a provider
is spoken to is a connector's matter; who may come is decided in `idp.login`.
"""
