# SPDX-License-Identifier: Apache-2.0
"""The flow of a login: a request in neutral words, one pure decision, the attempt, the gate.

Knows no protocol and no web framework. `request` is what an application asked, `flow` says what
comes next, `attempt` runs a means under the counters, `finalize` keeps the proof, `gate` admits.
"""
