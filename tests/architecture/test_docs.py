# SPDX-License-Identifier: Apache-2.0
"""Pages that would otherwise grow old in silence."""

import re

import click

from idp.__main__ import program
from idp.administration.rights import Role
from idp.config import reference
from idp.oidc.client import KNOWN
from tests.architecture.house import ROOT, here

DOCS = ROOT / "docs"
# `idp/login/gate.py` in backquotes is a promise that the file is there.
PATHS = re.compile(r"`((?:idp|connectors|relying_parties|imaging_app|templates|tests)/[\w./-]*)`")
LINKS = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
# What an integrator reads, in the first column of a table.
FAULTS = re.compile(r"^\| `([^`]+)` \| [^|]+ \| [^|]+ \|$", re.MULTILINE)
# Commands with a section of their own, of another place in an installation's life.
ELSEWHERE = {"secrets", "config"}
NAMED = {
    Role.REGION: "regional administrator",
    Role.ESTABLISHMENT: "establishment administrator",
    Role.HELP_DESK: "help desk",
}


def test_the_configuration_page_is_what_the_settings_say():
    page = (DOCS / "configuration.md").read_text("utf-8")
    assert page == reference.render(), "run make reference"


def test_the_architecture_page_names_only_what_exists():
    page = (DOCS / "architecture.md").read_text("utf-8")
    named = set(PATHS.findall(page))
    assert named
    missing = sorted(name for name in named if not (ROOT / name).exists())
    assert not missing


def test_links_between_pages_lead_somewhere():
    pages = [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]
    broken = [
        f"{here(page)} {target}"
        for page in pages
        for target in LINKS.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_the_guide_names_every_setting_of_a_registration():
    page = (DOCS / "relying-parties.md").read_text("utf-8")
    missing = sorted(name for name in KNOWN if f"`{name}`" not in page)
    assert not missing


def test_a_decision_carries_its_date():
    names = [path.name for path in (DOCS / "decisions").glob("*.md") if path.name != "index.md"]
    assert names
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d-[a-z0-9-]+\.md", name) for name in names)


def test_every_command_is_in_the_list_of_every_day():
    page = (DOCS / "operations.md").read_text("utf-8")
    lines = page.partition("## Every day")[2].partition("\n## ")[0].splitlines()
    missing = [
        f"{name} {verb}"
        for name, group in program().commands.items()
        if isinstance(group, click.Group) and name not in ELSEWHERE
        for verb in group.commands
        if not any(re.match(rf"sceau {name} .*\b{verb}\b", line) for line in lines)
    ]
    assert not missing


def test_the_handbook_names_every_role():
    page = (DOCS / "administration.md").read_text("utf-8")
    missing = [one for one in Role if f"\n| {NAMED.get(one, one.value)} |" not in page]
    assert not missing


def test_the_guide_names_only_faults_that_are_told():
    # A sentence that goes over two lines is one.
    sources = "".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text("utf-8"))
        for path in sorted((ROOT / "idp").rglob("*.py"))
    )
    told = [
        fault
        for page in ("oidc", "saml", "apache", "nginx")
        for fault in FAULTS.findall((DOCS / "guide" / f"{page}.md").read_text("utf-8"))
    ]
    assert len(told) > 15
    assert not [one for one in told if one.partition("client_secret_basic")[0] not in sources]
