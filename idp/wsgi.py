# SPDX-License-Identifier: Apache-2.0
"""What the server loads: `idp.wsgi:app`, configured by SCEAU_CONFIG and the environment."""

import atexit
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
