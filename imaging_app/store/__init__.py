# SPDX-License-Identifier: Apache-2.0
"""Where the bytes of images lie: a port, and folders of our own behind it.

It owns bytes and nothing else: whose they are, and who may see them, is written in the index.
"""
