# SPDX-License-Identifier: Apache-2.0
"""The portal's pages: the way in, who came, the session's timer, what makes it an installed app.

An edge: it turns requests into calls and values into pages, and decides about no exam.
"""
