# SPDX-License-Identifier: Apache-2.0
"""DICOM: files are read, decoded and drawn in a child process that has limits.

It owns what a file may be, what is told of one, and how one looks. Whoever asks is in `door`, which
knows neither pydicom nor numpy: bytes from elsewhere are never parsed in the process that serves.
It owns no table and no folder.
"""
