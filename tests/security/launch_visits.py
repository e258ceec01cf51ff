# SPDX-License-Identifier: Apache-2.0
"""What people see whom an establishment's software has sent, names that hold markup included."""

from tests.launching import Software, register
from tests.world import World

MARKED = "<b>Zoé</b> \"'><img src=x>"


def visit_launches(world: World) -> None:
    """Straight in, the question, nobody known, over, refused."""
    register(world.core)
    software = Software(world)
    software.register(name=MARKED)
    browser = world.browser("192.0.2.80")
    browser.get(software.pushed())
    other = world.browser("192.0.2.81")
    world.client("plain").code_for(other, "infirmiere")
    other.get(software.pushed(sub="899700000099", given_name=MARKED))
    question = other.last.request.path
    for method in ("HEAD", "OPTIONS", "PUT"):
        other.request(method, question)
    other.get(question)
    other.submit("/launch")
    other.get(question)
    newcomer = world.browser("192.0.2.82")
    newcomer.get(software.pushed(sub="899700000098", given_name=MARKED))
    newcomer.get(software.pushed(application="homely", patient=None))
    newcomer.get("/launch/" + "x" * 43)
    newcomer.post("/launch", {"launch": software.token(aud=MARKED)})
    newcomer.post("/launch", {"launch": MARKED})
    newcomer.post("/launch", {"other": MARKED})
    software.push(software.token(application=MARKED))
    software.push(MARKED)
