# SPDX-License-Identifier: Apache-2.0
"""Versions of what is shown: a hash of the document, so that nothing can change unseen."""

from hashlib import blake2b

from pydantic import BaseModel

from idp.api.problems import Problem


def etag_of(document: BaseModel) -> str:
    """RFC 9110 §8.8.3: strong; the same document, the same tag."""
    made = blake2b(document.model_dump_json().encode(), digest_size=12)
    return f'"{made.hexdigest()}"'


def fits(header: str, etag: str) -> bool:
    """Whether one of the tags named is this one; `*` is any."""
    named = [one.strip() for one in header.split(",")]
    return "*" in named or etag in named


def stale(header: str, etag: str) -> Problem | None:
    """RFC 9110 §13.1.1: what was read is no longer what is there."""
    return None if fits(header, etag) else Problem("changed", headers=(("ETag", etag),))
