# SPDX-License-Identifier: Apache-2.0
"""Templates compiled once a process, for the many providers that tests open."""

from typing import ClassVar

from jinja2.bccache import Bucket, BytecodeCache


class CompiledPages(BytecodeCache):
    """Templates compiled once a process: each provider of a test has pages of its own."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if found := self.kept.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()
