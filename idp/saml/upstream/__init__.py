# SPDX-License-Identifier: Apache-2.0
"""The other side of the protocol: this server as an application of another identity provider.

Owns the request that is written, the answer that is read, and what is believed of that provider's
metadata. Who comes of it, and whether it opens anything, is decided where every means is judged.
"""
