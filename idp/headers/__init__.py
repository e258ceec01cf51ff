# SPDX-License-Identifier: Apache-2.0
"""Applications that speak no protocol: their proxy asks at each request who is there.

The only place that knows what a proxy says and is told. Decides nothing about a person: that is
`login`. What it hands out are headers, each time from an `Admission` of this moment.
"""
