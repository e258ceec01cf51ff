# SPDX-License-Identifier: Apache-2.0
"""`python -m relying_parties.messagerie --key-file … --certificate-file … --data …`."""

import sys

from relying_parties.messagerie.app import create_app
from relying_parties.serve import run

if __name__ == "__main__":
    sys.exit(run("messagerie", create_app))
