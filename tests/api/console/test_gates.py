"""The return gate, waivers and certificates on pages."""

import pytest

from fleet.access.actor import SYSTEM
from fleet.contracts.access import Role
from fleet.contracts.accessories import AccessoryIn, Condition
from fleet.custody.acceptance import accept
from fleet.custody.accessories import Kit
from fleet.custody.issuing import issue
from fleet.custody.services import start_return
from fleet.devices.queries import device
from tests.api.console.visitor import code_of
from tests.fleet.custody.proofs import pass_every_check

TAG = "WF-0007"
GATE = f"/phones/{TAG}/gate"


@pytest.fixture
def back(stored, person):
    """Have a phone come back with a charger still out."""
    with stored() as make:
        phone, ann = make.device(tag=TAG), make.employee(name="王芳")
        kit = Kit((AccessoryIn(word="charger"),), Condition.GOOD)
        issue(make.session, to=ann, devices=[phone], kit=kit, actor=SYSTEM)
        start_return(make.session, phone, actor=SYSTEM)


@pytest.fixture
def operator(someone):
    return someone(Role.OPERATOR)


def test_what_is_on_its_way_back_leads_to_its_gate(back, operator):
    assert GATE in operator.get("/returns").text
    assert GATE not in operator.get("/returns?state=accepted").text

    page = operator.get(GATE).text

    assert 'id="pin" data-ok="no"' in page
    assert 'id="handed_back" data-ok="yes"' in page
    assert "charger × 1: 0 back, 0 missing, 1 out." in page
    assert f"{GATE}/pin/declare" not in page  # for the phone to show, and not for a person to say
    assert f"{GATE}/identity/waive" not in page


def test_a_person_says_what_he_has_seen(back, operator):
    assert "what have you seen" in operator.get(f"{GATE}/sim/declare").text
    assert operator.send(f"{GATE}/sim/declare", note="").status_code == 422

    done = operator.send(f"{GATE}/identity/declare", note="the IMEI on its tray")

    assert done.location == GATE
    assert "the IMEI on its tray" in operator.get(GATE).text
    assert code_of(operator.send(f"{GATE}/pin/declare", note="1234")) == "cannot_be_declared"
    assert code_of(operator.send(f"{GATE}/odd/declare", note="1234")) == "cannot_be_declared"


def test_one_asks_and_another_decides(back, operator, someone):
    assert operator.send(f"{GATE}/pin/waive", reason="broken screen").location == GATE
    assert "waits for its decision" in operator.get(GATE).text
    number = operator.get("/waivers?state=asked").text.partition("/waivers/WV-")[2][:8]
    waiver = f"/waivers/WV-{number}"
    assert f"{waiver}/decide" not in operator.get(waiver).text
    above = someone(Role.ADMINISTRATOR)
    assert "broken screen" in above.get(f"{waiver}/decide").text

    assert above.send(f"{waiver}/grant", note="I have seen it").location == waiver

    assert 'data-state="granted"' in operator.get(waiver).text
    assert 'id="pin" data-ok="yes"' in operator.get(GATE).text
    assert code_of(above.send(f"{waiver}/refuse", note="after all")) == "waiver_decided"
    assert code_of(operator.send(f"{waiver}/grant", note="me")) == "not_allowed"


def test_a_certificate_is_read_and_exported(back, operator, stored):
    with stored() as make:
        phone = device(make.session, TAG)
        pass_every_check(make.session, phone, actor=SYSTEM)
        number = accept(make.session, phone, actor=SYSTEM).certificate.number

    assert f"/certificates/{number}" in operator.get("/certificates").text
    page = operator.get(f"/certificates/{number}").text
    assert "WV-" in page
    assert number in operator.send("/certificates/export.csv").text
    assert 'data-state="accepted"' in operator.get(GATE).text


def test_the_gate_of_a_phone_of_others_is_not_there(back, people):
    assert code_of(people["ben"].get(GATE)) == "device_not_found"
    assert TAG not in people["ben"].get("/returns").text


def test_a_phone_is_accepted_on_its_page_once_its_gate_holds(back, operator, stored):
    page = f"/phones/{TAG}/accept"
    assert 'id="accept"' not in operator.get(GATE).text
    assert 'id="open"' in operator.get(page).text
    assert code_of(operator.send(page)) == "gate_open"
    with stored() as make:
        pass_every_check(make.session, device(make.session, TAG), actor=SYSTEM)
    assert 'id="accept"' in operator.get(GATE).text
    assert operator.send(page, quarantine_days="soon").status_code == 422
    assert operator.send(page, quarantine_days="999").status_code == 422

    assert operator.send(page, witness="陈浩", quarantine_days="3").location == GATE

    shown = operator.get(GATE).text
    assert 'data-state="quarantined"' in shown
    assert "How it is erased" in shown
    assert "<code>workfleet device undo-accept" in shown
    assert code_of(operator.send(page)) == "move_not_allowed"


def test_what_a_check_asks_for_is_said_beside_its_waiver(back, operator):
    operator.send(f"{GATE}/backup/waive", reason="broken screen")

    row = operator.get(GATE).text.partition('id="backup"')[2].partition("</tr>")[0]

    assert "waits for its decision" in row
    assert "<code>workfleet backup run" in row
