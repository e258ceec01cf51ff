# SPDX-License-Identifier: Apache-2.0
"""What the demo tells: to people on the terminal, to programs in cast.json."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from idp.cli.output import say, table
from idp.cli.ring import replace_private
from idp.clock import MovedClock
from idp.demo.addresses import HOSPITAL, Addresses, Application
from idp.demo.cast import CAST, COMMUNITIES
from idp.demo.cast_cards import CARDS
from idp.demo.folder import Folder
from idp.demo.own_keys import own_key
from idp.demo.populate import described
from idp.demo.portal_desk import Subjects
from idp.demo.wallet import Wallet


def write_cast(folder: Folder, addresses: Addresses, subjects: Subjects) -> None:
    """Everything that a program needs to play a part."""
    people = [
        asdict(role.person)
        | {
            "key": role.key,
            "identifier": role.person.identifier,
            "password": role.password,
            "display_name": role.person.display_name,
            "state": role.state.value,
            "communities": list(role.communities),
            "subjects": dict(subjects.get(role.key, {})),
        }
        for role in CAST
    ]
    applications = [_application(folder, one) for one in addresses.applications]
    cards = [
        {
            "name": one.card.name,
            "holder": one.card.holder,
            "person": one.card.owner,
            "pin": one.card.pin,
            "serial": one.serial,
            "state": one.standing.value,
            "file": str(folder.reader / "cards" / f"{one.card.name}.p12"),
        }
        for one in Wallet(folder).every(MovedClock(folder.clock).now())
    ]
    content = {
        "people": people,
        "applications": applications,
        "cards": cards,
        "addresses": {"sceau": addresses.issuer}
        | {one.key: one.url for one in addresses.applications}
        | {"psc": addresses.psc, "hospital": addresses.hospital},
        "desk": addresses.desk,
        "agent": addresses.agent,
        "card_door": addresses.cards,
        "authorities": addresses.pki,
        "communities": COMMUNITIES,
    }
    replace_private(folder.cast, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _application(folder: Folder, one: Application) -> dict[str, Any]:
    """What a program needs to play the application, or to find it."""
    known = {"key": one.key, "name": one.name, "protocol": one.document["protocol"], "url": one.url}
    if one.document["protocol"] == "saml":
        saml, own = one.document["saml"], own_key(folder.secrets, one.key)
        return known | {
            "entity_id": saml["entity_id"],
            "acs": [address["url"] for address in saml["acs"]],
            "key_file": str(own.key),
            "certificate_file": str(own.certificate),
        }
    oidc = one.document.get("oidc", {})
    return known | {
        "client_id": one.key,
        "client_secret": (folder.secrets / f"{one.key}.secret").read_text("utf-8").strip(),
        "redirect_uris": oidc.get("redirect_uris", []),
        "post_logout_redirect_uris": oidc.get("post_logout_redirect_uris", []),
    }


def greet(folder: Folder, addresses: Addresses, seconds: float) -> None:
    """The ready line, the addresses, the logins."""
    served = [("Sceau", addresses.issuer + "/", "login, portal, account")]
    served += [("Desk", addresses.desk, "telephone, mailbox, clock, card reader")]
    served += [(one.name, one.url + "/", one.long_name) for one in addresses.applications]
    served.append(("Pro Santé", addresses.psc + "/", "sandbox of Pro Santé Connect"))
    served.append((HOSPITAL, addresses.hospital + "/", "software of an establishment: opens DCC"))
    cards = [(one.name, one.pin, f"{one.holder}, {one.about}") for one in CARDS]
    logins = [(one.person.identifier, one.password, _who(one.key)) for one in CAST]
    say(
        f"Ready after {seconds:.1f} s. Ctrl-C stops everything.",
        "",
        table(("OPEN", "", ""), served, indent="  "),
        "",
        table(("IDENTIFIER", "PASSWORD", "WHO"), logins, indent="  "),
        "",
        table(("CARD", "PIN", "WHOSE"), cards, indent="  "),
        "",
        f"Logs, database and cast.json are in {_short(folder.root)}; --reset starts anew.",
    )


def _who(key: str) -> str:
    role = next(one for one in CAST if one.key == key)
    return f"{role.person.display_name}, {described(role)}"


def _short(path: Path) -> str:
    """The path as the person would type it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def seconds_since_start() -> float:
    """How long this process lives, its own loading included."""
    fields = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return float(Path("/proc/uptime").read_text("ascii").split()[0]) - started
