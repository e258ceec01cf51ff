# SPDX-License-Identifier: Apache-2.0
"""The administrators' console: pages over the services of the administration.

Decides nothing about rights: services do, and a page shows what they answer.
"""
