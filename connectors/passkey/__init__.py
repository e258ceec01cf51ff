# SPDX-License-Identifier: Apache-2.0
"""Passkeys (W3C Web Authentication Level 3): a key pair in a phone, a computer or a security key.

Stands alone, and lifts a password: the authenticator must have checked its user (PIN, fingerprint,
face) each time, so that one gesture is two factors. Resists phishing (the browser signs the site's
own name), guessing, replay (each challenge is taken once) and a copy of the database (only public
keys are in it). Does not resist somebody who holds the device and knows how to unlock it, nor
whoever gets hold of the account with which a synchronised passkey is shared.
"""
