# SPDX-License-Identifier: Apache-2.0
"""mod_auth_openidc asks our frame, in a real browser, and leaves when the session is over."""

from dataclasses import replace

from tests.browser.pages import Visit, follow
from tests.cast import SECRET
from tests.interop.apache import PLAIN, apache_document, running_apache
from tests.interop.saml_peers import opened
from tests.ports import free_port
from tests.servers import Site, placed

KEY = "framed"
# As its handbook has it: the frame of the provider, and its own, which asks the other.
PAGE = """<!doctype html><title>app</title>
<iframe id="openidc-op" src="/app/callback?session=iframe_op"
  onload="document.getElementById('asking').src = '/app/callback?session=iframe_rp&amp;poll=200'">
</iframe>
<iframe id="asking"></iframe>
"""


def test_apache_leaves_when_the_session_ends_in_another_tab(visit, site: Site) -> None:
    here = replace(site, ports={**site.ports, KEY: free_port()})
    # Where it lets the browser come back to by itself.
    back = ["{framed}/app/"]
    document = apache_document(
        KEY, session_state=True, backchannel_logout_uri="", post_logout_redirect_uris=back
    )
    document = placed(document, here) | {"listed": False}
    with opened(site) as core, core.database.write() as tx:
        core.applications.register(tx, document)
        core.applications.set_secret(tx, KEY, SECRET)
    with running_apache(here, PLAIN, KEY, {"www/app/index.html": PAGE}) as apache:
        somebody: Visit = visit()
        somebody.page.goto(f"{apache.url}/app/")
        somebody.log_in()
        somebody.page.wait_for_url(f"{apache.url}/app/")
        frame = somebody.page.frame_locator("#openidc-op").locator("html")
        frame.wait_for(state="attached")
        other = somebody.tab()
        other.page.goto(f"{site.issuer}/logout")
        follow(other.page, other.page.locator("form[action='/logout'] button"))
        somebody.page.wait_for_url(f"{site.issuer}/login/**")
        assert somebody.page.locator("input[name=password]").is_visible()
        apache.show_errors()
