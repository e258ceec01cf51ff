# SPDX-License-Identifier: Apache-2.0
"""RCP, « réunions de concertation pluridisciplinaire »: an example to copy, with step-up.

Owned here: the agenda of cancer meetings and their decisions, all fictional and kept in memory.
Reading needs the registered level; validating a decision needs level 2, by `require_level`.
"""
