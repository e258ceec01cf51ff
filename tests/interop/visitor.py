# SPDX-License-Identifier: Apache-2.0
"""A person with a plain browser: follows redirects over HTTP, fills in the pages' own forms."""

from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag

from tests.cast import PASSWORD, PEOPLE

MOST_HOPS = 15


@dataclass
class Visitor:
    """Follows redirects while they stay on the sites named; what leads elsewhere is handed back."""

    sites: tuple[str, ...]
    session: requests.Session = field(default_factory=requests.Session)
    response: requests.Response = field(init=False)
    # Every address visited, in order.
    trail: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"

    def get(self, url: str) -> str:
        """Open an address; the one it ends at."""
        return self._go("GET", url)

    def post(self, url: str, fields: dict[str, str]) -> str:
        """Send a form as it stands; the address it ends at."""
        return self._go("POST", url, fields)

    def _go(self, method: str, url: str, fields: dict[str, str] | None = None) -> str:
        for _hop in range(MOST_HOPS):
            if not url.startswith(tuple(f"{site}/" for site in self.sites)):
                return url
            self.trail.append(url)
            self.response = self.session.request(
                method, url, data=fields, allow_redirects=False, timeout=60
            )
            location = self.response.headers.get("Location")
            if not self.response.is_redirect or location is None:
                return url
            if self.response.status_code in {302, 303}:
                method, fields = "GET", None
            url = urljoin(url, location)
        raise RuntimeError(f"too many redirects: {self.trail[-MOST_HOPS:]}")

    @property
    def page(self) -> BeautifulSoup:
        """The page shown."""
        return BeautifulSoup(self.response.text, "html.parser")

    @property
    def problem(self) -> str:
        """The stable id of the error page shown, or nothing."""
        main = self.page.find(id="error")
        return str(main["data-error"]) if isinstance(main, Tag) else ""

    def form(self, action: str) -> tuple[str, dict[str, str]]:
        """Address and filled fields of the form whose address contains `action`."""
        for form in self.page.find_all("form"):
            if action in str(form["action"]):
                fields = {
                    str(one["name"]): str(one.get("value", ""))
                    for one in form.find_all("input")
                    if one.get("name")
                }
                return urljoin(self.response.url, str(form["action"])), fields
        raise LookupError(f"no form {action!r} at {self.response.url}: {self.response.text[:2000]}")

    def submit(self, action: str, **values: str) -> str:
        """Fill in a form and send it; the address it ends at."""
        url, fields = self.form(action)
        return self._go("POST", url, fields | values)

    def log_in(self, who: str = "medecin", password: str = PASSWORD) -> str:
        """Fill in the password form."""
        return self.submit("/password", identifier=PEOPLE[who].identifier, password=password)

    def came_to(self, prefix: str) -> list[str]:
        """The addresses visited that begin so."""
        return [url for url in self.trail if url.startswith(prefix)]

    def asked(self, issuer: str) -> list[str]:
        """The provider's login pages that were shown on the way."""
        paths = [urlsplit(url).path for url in self.came_to(issuer)]
        return [path for path in paths if path.startswith("/login")]
