# SPDX-License-Identifier: Apache-2.0
"""What a patient agreed to, whom they keep out, and which results they were told.

Owns consent by establishment (append-only), blocks, announced results, what each professional has
seen, and the mark that says whether any rule about a patient has changed. What follows from them
is decided in `imaging_app.access`.
"""
