"""The recycle bin on pages: an entry that was a slip goes in, comes back, or is forgotten."""

import pytest
from sqlalchemy import select

from fleet.access.actor import SYSTEM
from fleet.contracts.access import Role
from fleet.custody.issuing import issue
from fleet.devices.models import Device
from tests.api.console.visitor import code_of
from tests.conftest import ON_SQLITE

pytestmark = ON_SQLITE
NEW = "/bin/new?kind=device&name=WF-0009"


@pytest.fixture
def slip(stored):
    with stored() as make:
        make.device(tag="WF-0009", serial="8A7X0009")


def known(sessions):
    with sessions() as session:
        return session.scalars(select(Device.tag)).all()


def test_a_slip_is_deleted_and_restored(someone, slip, sessions):
    operator = someone(Role.OPERATOR)
    assert 'id="delete"' in operator.get("/phones/WF-0009").text
    assert "Delete WF-0009" in operator.get(NEW).text
    assert code_of(operator.send(NEW)) == "form_not_right"

    done = operator.send(NEW, reason="typed twice")
    assert done.status_code == 303
    assert known(sessions) == []
    page = operator.get(done.location).text
    assert "typed twice" in page
    assert "WF-0009" in operator.get("/bin?kind=device").text
    assert "There is nothing here" in operator.get("/bin?why=merged").text

    back = operator.send(f"{done.location}/restore", reason="it was one after all")
    assert back.location == "/phones?q=WF-0009"
    assert known(sessions) == ["WF-0009"]
    assert code_of(operator.send(f"{done.location}/restore", reason="again")) is not None


def test_what_is_held_stays_and_says_so(someone, stored, sessions):
    with stored() as make:
        phone = make.device(tag="WF-0009")
        issue(make.session, to=make.employee(), devices=[phone], actor=SYSTEM)
    operator = someone(Role.OPERATOR)

    assert 'id="delete"' not in operator.get("/phones/WF-0009").text
    refused = operator.send(NEW, reason="typed twice")
    assert (refused.status_code, code_of(refused)) == (409, "record_held")
    assert known(sessions) == ["WF-0009"]


def test_who_may_not_delete_is_offered_nothing(someone, slip):
    auditor = someone(Role.AUDITOR)

    assert 'id="delete"' not in auditor.get("/phones/WF-0009").text
    assert auditor.get(NEW).status_code == 403
    assert auditor.get("/bin").status_code == 200


def test_it_is_forgotten_by_who_may(founder, slip, sessions):
    entry = founder.send(NEW, reason="typed twice").location
    assert founder.send(f"{entry}/purge", reason="for good").location == "/bin"
    assert code_of(founder.get(entry)) == "bin_entry_not_found"


@pytest.mark.parametrize("address", ["/bin/new", "/bin/new?kind=odd&name=x"])
def test_what_is_no_record_is_refused_on_the_page(founder, address):
    assert founder.get(address).status_code == 200
    assert code_of(founder.send(address, reason="a slip")) == "form_not_right"
