# SPDX-License-Identifier: Apache-2.0
"""The nomad reader, « calculette »: a challenge typed into it, and the response that it shows."""
