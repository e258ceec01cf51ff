# SPDX-License-Identifier: Apache-2.0
"""One exam: the viewer and what it asks for, reports, and taking images away.

For professionals and patients alike; who may is asked at the doors, by each address of its own.
"""
