# SPDX-License-Identifier: Apache-2.0
"""`python -m connectors.cps_card.agent` is `sceau-agent`."""

import sys

from connectors.cps_card.agent.command import main

if __name__ == "__main__":
    sys.exit(main())
