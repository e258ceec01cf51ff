# SPDX-License-Identifier: Apache-2.0
"""The command line and the demo, as a person at a terminal uses them."""
