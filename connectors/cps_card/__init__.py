# SPDX-License-Identifier: Apache-2.0
"""The CPS card in a reader: by the browser's TLS client certificate, or by the workstation agent.

Resists phishing (what the card signs names the site and the server), guessing (the card counts the
tries of its PIN), replay (each challenge is taken once) and a copy of the database. Does not resist
somebody who holds the card and its PIN, nor a workstation that obeys somebody else.
"""
