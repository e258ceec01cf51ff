# SPDX-License-Identifier: Apache-2.0
"""The pages people see: login, consent, portal, account, logout, help.

Views only: each reads the visit, calls the core, and answers with a page. Decides nothing.
"""
