# SPDX-License-Identifier: Apache-2.0
"""The workstation program: apart from any server, then with real readers, cards and windows."""
