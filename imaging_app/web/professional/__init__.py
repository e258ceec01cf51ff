# SPDX-License-Identifier: Apache-2.0
"""The pages of professionals: what is new, codes, how a patient is found, and their page.

Owns what stands on these pages. Who may see what is `imaging_app.access`'s, and an exam's own
pages (images, reports, download) are not here: they are led to.
"""
