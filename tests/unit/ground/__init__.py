# SPDX-License-Identifier: Apache-2.0
"""The ground floor: configuration, encryption at rest, outgoing fetches, logs, folders."""
