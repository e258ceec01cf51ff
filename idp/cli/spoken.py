# SPDX-License-Identifier: Apache-2.0
"""What each protocol makes of an application's registration."""

from collections.abc import Callable, Mapping

from idp.applications.faults import Fault
from idp.applications.values import Application
from idp.headers.site import check_site
from idp.oidc.client import check_client, read_client
from idp.saml.application import check_application

SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})
FAULTS: Mapping[str, Callable[[Application], list[Fault]]] = {
    "oidc": check_client,
    "saml": check_application,
    "headers": check_site,
}


def faults_of(application: Application) -> list[str]:
    """What is wrong with the settings of an application, each in a sentence."""
    return [str(one) for one in FAULTS[application.protocol](application)]


def by_secret(application: Application) -> bool:
    """Whether it, or its proxy, proves itself by a secret; its settings have no fault."""
    if application.protocol == "oidc":
        return read_client(application).auth_method in SECRET_METHODS
    return application.protocol == "headers"
