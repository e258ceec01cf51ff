# SPDX-License-Identifier: Apache-2.0
"""DICOMweb (PS3.18) for programs that hold somebody's access token: a part of it, and by our doors.

It owns the wire: parameters, media types, DICOM JSON, problems. Who may see what is decided where
it is for the pages; what is not spoken here is refused, never guessed.
"""
