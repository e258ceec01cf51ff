# SPDX-License-Identifier: Apache-2.0
"""Keys of the provider: the installation's secrets, and the keys that sign tokens.

Owns making, sealing at rest, rotating, publishing, revoking them, and the compact JWS. It does
not own what is signed (the protocol edges) nor the key ring itself (`idp.crypto`).
"""
