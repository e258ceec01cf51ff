# SPDX-License-Identifier: Apache-2.0
"""Configurations as the tests make them."""

import base64

import pytest

from idp.config import ConfigFaults, load

KEY = base64.b64encode(bytes(range(32))).decode()
RING = f"k1:{KEY}"
LEAST = {"SCEAU_SERVER_ISSUER": "https://sceau.example.fr", "SCEAU_SECRETS_KEYS": RING}
LOCAL = LEAST | {"SCEAU_SERVER_ISSUER": "http://localhost:8000"}


def faults_of(environ, path=None):
    with pytest.raises(ConfigFaults) as caught:
        load(path, environ)
    return [str(fault) for fault in caught.value.faults]


def only_fault_of(environ, path=None):
    faults = faults_of(environ, path)
    assert len(faults) == 1, faults
    return faults[0]
