# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect and OAuth on the wire: parse once, verify, steer the login, answer.

The only place that knows these protocols' words. Decides nothing about a person: that is `login`.
"""
