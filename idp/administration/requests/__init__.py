# SPDX-License-Identifier: Apache-2.0
"""Requests of professionals: the queue, what is decided, and what follows."""
