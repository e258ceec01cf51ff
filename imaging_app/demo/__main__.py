# SPDX-License-Identifier: Apache-2.0
"""`python -m imaging_app.demo --data … --cast cast.json`: fills the demo beside its pages."""

import argparse
import json
import os
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

from imaging_app.demo.filling import Filling
from imaging_app.demo.settling import settle
from imaging_app.opening import open_rooms
from imaging_app.settings import Settings
from relying_parties.clock import MovedClock, system_time

# The pages of the demo come first.
GENTLE = 15


def main() -> int:
    """Settle and fill; what is there already stays."""
    parser = argparse.ArgumentParser(prog="python -m imaging_app.demo")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--database", default="")
    parser.add_argument("--clock-file", type=Path)
    parser.add_argument("--cast", type=Path, required=True, help="who is at the login server")
    options = parser.parse_args()
    os.nice(GENTLE)
    people = json.loads(options.cast.read_text("utf-8"))["people"]
    now = MovedClock(options.clock_file) if options.clock_file else system_time
    settings = Settings(data=options.data, database=options.database)
    with closing(open_rooms(settings, now)) as rooms:
        settle(rooms, people)
        today = datetime.fromtimestamp(now(), settings.timezone).date()
        filling = Filling(rooms.database, rooms.exams, today)
        filling.run()
    return 0 if filling.progress.ready else 1


if __name__ == "__main__":
    sys.exit(main())
