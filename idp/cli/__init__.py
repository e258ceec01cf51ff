# SPDX-License-Identifier: Apache-2.0
"""The command line: setting up, checking, serving, and administering from a terminal.

Owns options, prompts, tables and exit codes: 0 done, 1 refused or a fault found, 2 wrong usage,
3 something that is needed does not answer. What the commands do is done by the same verbs that the
pages use, and leaves the same audit events.
"""
