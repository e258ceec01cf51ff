# SPDX-License-Identifier: Apache-2.0
"""« Application ancienne »: it speaks no protocol, and reads headers that its proxy writes.

Owns the application (`app`) and, in front of it, a proxy in miniature (`doorkeeper`), so that it
can be tried without nginx. In one process: nobody reaches the application but through the proxy.
"""
