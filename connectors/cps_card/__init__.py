# SPDX-License-Identifier: Apache-2.0
"""A card of the CPS family in a reader: its certificate and key, and the PIN that opens the key.

Certificates as the health sector's authorities issue them (IGC-Santé, and GIP-CPS before it): a
key on the card signs what the server asks for, in a TLS handshake or through the workstation's
program. Two factors at once, level 3. Resists a stolen password, phishing (what is signed names
the site, or is bound to the connection), replay, and a copy of the database (it holds no secret).
Does not resist somebody who holds the card and knows its PIN, nor a workstation that is no longer
its user's own: what runs there can use the card for as long as it is in the reader. Whether a
certificate is believed is its host's decision (`TrustStore`); here is read what it says.
"""
