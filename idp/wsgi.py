# SPDX-License-Identifier: Apache-2.0
"""What the server loads: `idp.wsgi:app`, configured by SCEAU_CONFIG and the environment."""

import atexit
import gc
import os

from idp.app import create_provider
from idp.config import load
from idp.logs import configure

settings = load(None, os.environ)
configure(settings.log)
provider = create_provider(settings)
app = provider.web
background = provider.background()
background.start()
atexit.register(background.stop)
# What stands now stands as long as the process does: to look through all of it for garbage would
# hold every request up for a fifth of a second, each few thousand requests. And what a request
# leaves goes by itself, nearly always: a look every 10,000 objects is often enough.
gc.collect()
gc.freeze()
gc.set_threshold(10_000)
