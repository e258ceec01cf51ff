# SPDX-License-Identifier: Apache-2.0
"""What was asked for at registration is not lost with the approval."""

from idp.administration.requests.outcomes import Approval, Approved, Unfit
from tests.administration.kit import Opened
from tests.administration.requests_kit import ask, do

SERVICE = "Messagerie sécurisée"


def test_the_sheet_of_an_account_tells_what_was_asked_for(office: Opened) -> None:
    core = office.world.core
    request = ask(core, services=(SERVICE,), applications=("dcc", "gone"))
    done = do(office, "approve", "chu", request.id, request.version, Approval())
    assert isinstance(done, Approved), done
    browser = office.enter("chu")
    browser.get(f"/admin/accounts/{done.account.id}")
    shown = browser.page.find("main").get_text(" ", strip=True)
    assert SERVICE in shown
    assert "DCC, gone" in shown
    # Nobody who asked for nothing is said to have.
    browser.get(f"/admin/accounts/{office['medecin'].id}")
    assert browser.last.status_code == 200
    assert SERVICE not in browser.page.find("main").get_text(" ", strip=True)


def test_wb_013_the_community_of_an_application_asked_for_may_be_given(office: Opened) -> None:
    core = office.world.core
    request = ask(core, applications=("dcc",))
    browser = office.enter("chu")
    browser.get(f"/admin/requests/{request.id}")
    box = browser.page.find("input", attrs={"name": "communities", "value": "onco-centre"})
    # Offered, and given to nobody by itself.
    assert box is not None
    assert not box.has_attr("checked")
    done = do(office, "approve", "chu", request.id, request.version, Approval(("perinat-centre",)))
    assert done == Unfit("communities")
    done = do(office, "approve", "chu", request.id, request.version, Approval(("onco-centre",)))
    assert isinstance(done, Approved), done
    assert done.communities == ("onco-centre",)
