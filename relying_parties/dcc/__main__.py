# SPDX-License-Identifier: Apache-2.0
"""`python -m relying_parties.dcc --port 8001 --client-secret-file … --data …`."""

import sys

from relying_parties.dcc.app import create_app
from relying_parties.serve import run

if __name__ == "__main__":
    sys.exit(run("dcc", create_app))
