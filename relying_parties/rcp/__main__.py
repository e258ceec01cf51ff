# SPDX-License-Identifier: Apache-2.0
"""`python -m relying_parties.rcp --port 8007 --client-secret-file … --data …`."""

import sys

from relying_parties.rcp.app import create_app
from relying_parties.serve import run

if __name__ == "__main__":
    sys.exit(run("rcp", create_app))
