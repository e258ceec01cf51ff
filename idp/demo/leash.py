# SPDX-License-Identifier: Apache-2.0
"""`python -m idp.demo.leash PARENT COMMAND…`: becomes the command, and ends when PARENT does."""

import os
import sys

from idp.cli.orphans import end_with_parent

if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    # The wish to be told outlives the exec.
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the runner's own words, no shell
