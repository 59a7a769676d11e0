import pytest

from api.client import Refused
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountEdit, AccountIn, AccountKind, AccountQuery
from fleet.contracts.custody import IssueIn
from fleet.contracts.devices import DeviceEdit, DeviceIn, DeviceQuery
from fleet.contracts.incidents import MoveIn
from fleet.contracts.people import DepartmentIn, EmployeeIn
from fleet.contracts.sims import NewCardIn, NumberPolicyIn, SimEdit, SimIn, SimQuery
from tests.conftest import DIALECTS
from tests.factories import FOUNDER

pytestmark = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)

ICCID = "89860012345678901234"
NEW_CARD = "89860099999999999999"
IMEI = "490154203237518"


@pytest.fixture
def operator(client):
    return client(Role.OPERATOR)


def refused(call, *given) -> Refused:
    with pytest.raises(Refused) as refusal:
        call(*given)
    return refusal.value


def test_a_phone_is_registered_listed_and_shown(operator):
    added = operator.add_device(DeviceIn(serial="R58M123ABC", brand="Samsung", imei=[IMEI]))

    assert (added.tag, added.state, added.holder) == ("WF-0001", "in_stock", None)
    assert operator.devices().items == [added]
    shown = operator.device("WF-0001")
    assert (shown.serial, shown.imei, shown.facts) == ("R58M123ABC", [IMEI], None)


def test_a_serial_number_is_registered_once(operator):
    operator.add_device(DeviceIn(serial="R58M123ABC"))

    again = refused(operator.add_device, DeviceIn(serial="R58M123ABC"))

    assert (again.kind, again.code, again.details["tag"]) == ("conflict", "serial_taken", "WF-0001")


def test_a_correction_of_a_thing_is_looked_at_first(operator):
    operator.add_device(DeviceIn(serial="R58M123ABC"))
    operator.add_sim(SimIn(number="13800138000", iccid=ICCID))
    operator.add_account(AccountIn(handle="wx-1"))

    looked = (
        operator.correct_device("WF-0001", DeviceEdit(colour="red"), dry_run=True).colour,
        operator.correct_sim(ICCID, SimEdit(plan="5G"), dry_run=True).plan,
        operator.correct_account("wx-1", AccountEdit(contacts=7), dry_run=True).contacts,
    )

    assert looked == ("red", "5G", 7)
    assert operator.device("WF-0001").colour is None
    assert operator.sim(ICCID).plan is None
    assert operator.account("wx-1").contacts is None


def test_what_is_in_a_phone_is_listed_by_its_tag(operator, stored):
    with stored() as make:
        phone = make.device(tag="WF-0001")
        make.sim(number="13800138000", device_id=phone.id), make.sim()
        make.account(handle="wx-1", device=phone), make.account()

    inside = [one.number for one in operator.sims(SimQuery(device="WF-0001")).items]
    used = [one.handle for one in operator.accounts(AccountQuery(device="WF-0001")).items]

    assert (inside, used) == (["13800138000"], ["wx-1"])


def test_a_phone_that_is_not_there_is_not_found(operator):
    for ask in (operator.device, operator.device_history, operator.device_changes, operator.gate):
        assert refused(ask, "WF-9999").code == "device_not_found"


def test_what_a_visit_learned_is_shown_and_what_changed_is_listed(operator, station, stored):
    from fleet.contracts.clock import now
    from fleet.contracts.facts import Os
    from fleet.contracts.stations import PhoneSeen, Report, SyncIn

    with stored() as make:
        phone = make.device(tag="WF-0001")
        first = make.facts(phone)
        second = first.model_copy(update={"os": Os(android="16")})
    for sequence, facts in enumerate((first, second), start=1):
        seen = PhoneSeen(facts=facts, transport="usb:1", digest="0" * 64)
        station.sync(SyncIn(reports=[Report(sequence=sequence, at=now(), body=seen)]))

    assert operator.device("WF-0001").facts.os.android == "16"
    changed = {
        item.field: (item.old, item.new) for item in operator.device_changes("WF-0001").items
    }
    assert changed["os.android"] == ("15", "16")


def test_a_sim_is_registered_listed_and_found_by_both_its_numbers(operator):
    added = operator.add_sim(SimIn(number="13812342231", iccid=ICCID, carrier="CMCC"))

    assert operator.sims().items == [added]
    assert operator.sim("13812342231") == operator.sim(ICCID) == added
    assert operator.sims(SimQuery(state="issued")).items == []


def test_a_sim_is_registered_once_and_an_unknown_one_is_not_found(operator):
    operator.add_sim(SimIn(number="13812342231", iccid=ICCID))

    assert (
        refused(operator.add_sim, SimIn(number="13812342231", iccid=ICCID[::-1])).code
        == "sim_taken"
    )
    assert refused(operator.sim, "13999999999").code == "sim_not_found"


def test_an_account_is_registered_listed_and_shown(operator):
    operator.add_department(DepartmentIn(code="S", name="Sales"))
    added = operator.add_account(AccountIn(handle="wx-sales-07", department="S"))

    assert (added.kind, added.state, added.department) == (AccountKind.WECHAT, "in_stock", "S")
    assert operator.accounts(AccountQuery(kind=AccountKind.WECHAT)).items == [added]
    assert operator.account("wx-sales-07") == operator.account("wechat:wx-sales-07") == added


def test_a_handle_of_two_kinds_has_to_say_which(operator):
    operator.add_account(AccountIn(handle="liuyang"))
    operator.add_account(AccountIn(handle="liuyang", kind=AccountKind.WECOM))

    assert refused(operator.account, "liuyang").code == "handle_of_several_kinds"
    assert operator.account("wecom:liuyang").kind is AccountKind.WECOM


def test_a_handle_is_registered_once_and_an_unknown_one_is_not_found(operator):
    operator.add_account(AccountIn(handle="wx-1"))

    assert refused(operator.add_account, AccountIn(handle="wx-1")).code == "handle_taken"
    assert refused(operator.account, "wx-2").code == "account_not_found"
    assert refused(operator.account_history, "wx-2").code == "account_not_found"


def test_an_account_of_a_department_that_is_not_there_is_refused(operator):
    given = AccountIn(handle="wx-1", department="Z")

    assert refused(operator.add_account, given).code == "department_not_found"


@pytest.mark.parametrize("handle", ["a?b=c", "a#b", "a;b", "a+b", "a&b", "a.b@c", "...d"])
def test_a_handle_may_have_almost_anything_in_it(operator, handle):
    added = operator.add_account(AccountIn(handle=handle))

    assert operator.account(handle) == added


@pytest.mark.parametrize("handle", ["a/b", "..", ".", "/", " "])
def test_a_handle_that_would_be_another_address_is_refused(operator, handle):
    given = AccountIn.model_construct(handle=handle)

    assert refused(operator.add_account, given).code == "request_invalid"


def test_holders_are_in_lists_histories_and_filters(operator, stored):
    with stored() as make:
        make.employee(number="E1", name="王芳")
        make.device(tag="WF-0001")
        make.device(tag="WF-0002")
        make.account(handle="wx-1")
    operator.issue(IssueIn(to="E1", devices=["WF-0001"], accounts=["wx-1"]))

    held = operator.devices(DeviceQuery(holder="E1")).items
    assert [(item.tag, item.holder and item.holder.name) for item in held] == [("WF-0001", "王芳")]
    assert operator.accounts(AccountQuery(holder="E1")).items[0].device == "WF-0001"
    [span] = operator.device_history("WF-0001").items
    assert (span.holder.number, span.returned_at) == ("E1", None)
    assert operator.account_history("wx-1").items[0].holder.number == "E1"


def test_the_numbers_of_the_day(operator, stored):
    with stored() as make:
        make.device()
        make.device()

    today = operator.summary()

    assert (today.phones, today.phones_by_state) == (2, {"in_stock": 2})


def test_a_character_that_no_text_has_is_not_our_mistake(operator, client_of):
    people = client_of(Role.OPERATOR)

    for method, url, body in (
        ("GET", "/api/v1/devices/a%00b", None),
        ("GET", "/api/v1/accounts/a%00b", None),
        ("POST", "/api/v1/devices", {"serial": "R58M\ud800123ABC"}),
    ):
        answer = people.open(url, method=method, json=body)
        assert answer.status_code < 500, (url, answer.json)


@pytest.mark.parametrize(
    ("method", "path", "field", "body"),
    [
        ("GET", "employees?q=a%00b", "q", None),
        ("GET", "employees?department=a%00b", "department", None),
        ("GET", "jobs?device=a%00b", "device", None),
        ("GET", "devices?after=a%00b", "after", None),
        ("POST", "devices", "serial", {"serial": "R58M\x00123ABC"}),
        ("POST", "accounts", "handle", {"handle": "wx\x001"}),
        ("POST", "devices/WF-0001/restock", "reason", {"reason": "seen\x00by two"}),
        ("POST", "devices/WF-0001/backups", "reason", {"reason": "as\x00ked"}),
    ],
)
def test_a_nul_in_a_text_is_refused_at_the_door(client_of, method, path, field, body):
    answer = client_of(FOUNDER).open(f"/api/v1/{path}", method=method, json=body)

    assert (answer.status_code, answer.json["code"]) == (422, "request_invalid")
    assert answer.json["details"]["fields"] == {
        field: ["This has a character in it that no text has."]
    }


def test_what_is_said_of_things_is_kept_corrected_and_asked_for(operator):
    operator.add_department(DepartmentIn(code="S", name="Sales"))
    operator.add_employee(EmployeeIn(number="E1", name="Ann", department="S"))
    said = {"colour": "黑色", "owner": "E1", "shared": True, "bought_on": "2026-03-01"}

    phone = operator.add_device(DeviceIn(serial="R58M123ABC", **said))
    assert (phone.colour, phone.owner.name, phone.shared) == ("黑色", "Ann", True)
    assert operator.devices(DeviceQuery(owner="E1", shared=True)).items == [phone]

    done = operator.correct_device(phone.tag, DeviceEdit(owner=None, note="at the counter"))
    assert (done.owner, done.note, done.colour, done.shared) == (
        None,
        "at the counter",
        "黑色",
        True,
    )
    assert operator.devices(DeviceQuery(owner="E1")).items == []


def test_a_sim_is_given_up_and_cancelled_when_nothing_is_bound_to_it(operator):
    operator.add_sim(SimIn(number="13812342231", iccid=ICCID, owner_kind="person"))
    operator.add_account(AccountIn(handle="wx-1", number="13812342231", real_name=True))
    why = MoveIn(reason="nobody needs it")

    assert operator.give_up_sim("13812342231", why).accounts == ["wx-1"]
    assert refused(operator.cancel_sim, "13812342231", why).code == "number_bound"
    operator.correct_account("wx-1", AccountEdit(number=None))
    assert operator.cancel_sim("13812342231", why).state == "cancelled"

    assert operator.sims(SimQuery(owner_kind="person")).items[0].state == "cancelled"
    gone = refused(operator.correct_account, "wx-1", AccountEdit(number="13812342231"))
    assert gone.code == "number_gone"
    assert [one.handle for one in operator.accounts(AccountQuery(real_name="yes")).items] == [
        "wx-1"
    ]
    assert operator.accounts(AccountQuery(card_bound="yes")).items == []
    assert len(operator.accounts(AccountQuery(card_bound="unknown")).items) == 1


def test_a_number_goes_on_on_another_card(operator):
    operator.add_sim(SimIn(number="13812342231", iccid=ICCID))

    done = operator.replace_card(
        "13812342231", NewCardIn(iccid="89860099999999999999", reason="broken")
    )

    assert (done.iccid, operator.sim("13812342231").iccid) == (
        "89860099999999999999",
        "89860099999999999999",
    )
    assert operator.sim(ICCID).state == "cancelled"


def test_how_long_numbers_rest_is_shown_to_the_desk_and_set_by_security(client, operator):
    body = NumberPolicyIn(quarantine_days=30, reason="the carrier waits longer")

    assert operator.number_policy().quarantine_days == 90
    assert refused(operator.set_number_policy, body).kind == "forbidden"
    assert client(Role.SECURITY).set_number_policy(body).quarantine_days == 30
    assert operator.number_policy().quarantine_days == 30


def test_a_phone_goes_to_repair_and_is_retired(operator):
    phone, why = operator.add_device(DeviceIn(serial="R58M123ABC")), MoveIn(reason="broken glass")

    assert operator.repair_device(phone.tag, why).state == "in_repair"
    assert operator.device_repaired(phone.tag, why).state == "in_stock"
    assert operator.retire_device(phone.tag, why).state == "retired"
    assert refused(operator.repair_device, phone.tag, why).code == "move_not_allowed"
