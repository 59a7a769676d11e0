"""Entries of the registers on pages: entered, corrected, and refused beside the field."""

import re

import pytest
from sqlalchemy import select

from fleet.contracts.access import Role
from fleet.devices.models import Device
from fleet.people.models import Department, Employee, Partner, Post
from tests.api.console.visitor import code_of
from tests.conftest import ON_SQLITE

pytestmark = ON_SQLITE
ICCID = "89860012345678901234"
# Of each register: what is typed, where it is then, what is corrected, and what the page says.
ENTRIES = {
    "phones": (
        {"serial": "8A7X0123", "tag": "WF-7"},
        "/phones/WF-7",
        {"market_name": "Mi 14"},
        "Mi 14",
    ),
    "sims": (
        {"number": "13800138000", "iccid": ICCID},
        f"/sims/{ICCID}",
        {"carrier": "移动"},
        "移动",
    ),
    "accounts": (
        {"kind": "wechat", "handle": "wx-7", "real_name": "true"},
        "/accounts/wechat:wx-7",
        {"nickname": "desk", "real_name": "", "contacts": "0"},
        "desk",
    ),
    "employees": (
        {"number": "E7", "name": "赵敏", "department": "S"},
        "/employees/E7",
        {"name": "赵明", "department": "S"},
        "赵明",
    ),
    "departments": (
        {"code": "T", "name": "技术部", "parent": "S"},
        "/departments/T",
        {"name": "研发部"},
        "研发部",
    ),
    "partners": ({"name": "某某科技"}, "/partners/某某科技", {"contact": "李雷"}, "李雷"),
}


@pytest.fixture
def operator(someone, stored):
    with stored() as make:
        make.department(code="S", name="销售部")
    return someone(Role.OPERATOR)


def seen(visitor, address):
    """Return what the form says that it was shown with."""
    return re.search(r'name="seen"[^>]* value="(\w+)"', visitor.get(address).text)[1]


def corrected(visitor, at, **typed):
    page = f"{at}/edit"
    return visitor.send(page, on=page, seen=seen(visitor, page), **typed)


def test_each_register_takes_an_entry_and_its_correction(operator, subtests):
    for at, (typed, address, changed, told) in ENTRIES.items():
        with subtests.test(at):
            made = operator.send(f"/registers/{at}/new", **typed)
            assert (made.status_code, operator.get(made.location).status_code) == (303, 200)
            assert f'href="{made.location}/edit"' in operator.get(address).text

            done = corrected(operator, address, **changed)
            assert (done.status_code, done.location) == (303, made.location)
            page = operator.get(address).text
            assert told in page
            assert "→" in page  # of what was there before to what is there now
            assert told in operator.get(f"/{at}").text


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(operator, subtests):
    operator.send("/registers/phones/new", **ENTRIES["phones"][0])
    wrong = [
        ("phones", {"serial": ""}, "serial", "form_not_right"),
        ("phones", {"serial": "8A7X0123"}, "serial", "serial_taken"),
        ("phones", {"serial": "8A7X9999", "tag": "WF-7"}, "tag", "tag_taken"),
        ("phones", {"serial": "8A7X9999", "owner": "E99"}, "owner", "employee_not_found"),
        ("phones", {"serial": "8A7X9999", "bought_on": "soon"}, "bought_on", "form_not_right"),
        ("accounts", {"handle": "wx-9", "contacts": "many"}, "contacts", "form_not_right"),
        ("accounts", {"handle": "wx-9", "department": "X"}, "department", "department_not_found"),
        ("employees", {"number": "E9", "name": "x"}, "department", "form_not_right"),
        ("departments", {"code": "S", "name": "x"}, "code", "department_code_taken"),
        ("departments", {"code": "N", "name": "x", "head": "E99"}, "head", "employee_not_found"),
    ]
    for at, typed, field, code in wrong:
        with subtests.test(f"{at} {field} {code}"):
            refused = operator.send(f"/registers/{at}/new", **typed)
            assert code_of(refused) == code
            assert f'id="{field}-wrong"' in refused.text
            assert all(f'value="{text}"' in refused.text for text in typed.values() if text)


def test_only_what_differs_is_changed_and_what_was_emptied_is_empty(operator, stored, sessions):
    with stored() as make:
        make.device(tag="WF-7", colour="red", note="of the fair", brand="Xiaomi")

    corrected(operator, "/phones/WF-7", colour="", note="of the fair", brand="Xiaomi", shared="y")

    with sessions() as session:
        phone = session.scalars(select(Device)).one()
        assert (phone.colour, phone.note, phone.shared) == (None, "of the fair", True)
    same = corrected(operator, "/phones/WF-7", note="of the fair", brand="Xiaomi", shared="y")
    assert "Nothing was different" in operator.get(same.location).text


def test_nobody_writes_over_what_somebody_else_wrote_meanwhile(operator, stored, sessions):
    with stored() as make:
        make.device(tag="WF-7", colour="red")
    page = "/phones/WF-7/edit"
    opened = seen(operator, page)
    corrected(operator, "/phones/WF-7", colour="blue")

    late = operator.send(page, on=page, seen=opened, colour="green")

    assert code_of(late) == "entry_moved_on"
    assert "Now: blue" in late.text
    assert 'value="green"' in late.text
    again = re.search(r'name="seen"[^>]* value="(\w+)"', late.text)[1]
    assert operator.send(page, on=page, seen=again, colour="green").status_code == 303
    with sessions() as session:
        assert session.scalars(select(Device.colour)).one() == "green"


def test_another_department_is_another_main_post_from_a_day_on(operator, stored, sessions):
    with stored() as make:
        make.department(code="T")
        make.employee(number="E7", name="赵敏", department=make.session.scalars(_of("S")).one())

    corrected(operator, "/employees/E7", name="赵敏", department="T", since="2026-06-01")

    with sessions() as session:
        person = session.scalars(select(Employee)).one()
        assert (person.department.code, str(person.post_since)) == ("T", "2026-06-01")
        assert session.scalars(select(Post)).one().main
    assert 'href="/departments/S"' in operator.get("/employees/E7").text


def test_a_post_is_added_made_the_main_one_and_ended(operator, stored, sessions):
    with stored() as make:
        make.department(code="T")
        make.employee(number="E7", department=make.session.scalars(_of("S")).one())
    page = "/employees/E7"

    assert 'id="department-wrong"' in operator.send(f"{page}/posts", title="adviser").text
    unknown = operator.send(f"{page}/posts", department="NONE")
    assert code_of(unknown) == "department_not_found"
    assert 'id="department-wrong"' in unknown.text
    assert operator.send(f"{page}/posts", department="T", title="adviser").location == page
    again = operator.send(f"{page}/posts", department="T", title="adviser")
    assert code_of(again) == "post_held_already"
    operator.send(f"{page}/posts/main", department="T", title="adviser")
    operator.send(f"{page}/posts/end", department="S", title="")

    with sessions() as session:
        person = session.scalars(select(Employee)).one()
        assert (person.department.code, person.position) == ("T", "adviser")
        beside = session.scalars(select(Post).where(~Post.main)).all()
        assert all(one.until is not None for one in beside)
    assert code_of(operator.send(f"{page}/posts/end", department="X", title="")) == "post_not_found"


def test_another_head_is_named_after_a_look(operator, stored, sessions):
    with stored() as make:
        make.employee(number="E7", name="赵敏")
    page, told = "/departments/S/head", {"head": "E7", "reason": "the head has left"}

    assert f'href="{page}"' in operator.get("/departments/S").text
    assert 'id="head-wrong"' in operator.send(page, head="E99", reason="a slip").text
    looked = operator.send(page, **told)
    assert 'data-due="0"' in looked.text
    with sessions() as session:
        assert session.scalars(_of("S")).one().head_id is None
    assert operator.send(page, **told, sure="yes").location == "/departments/S"

    assert "赵敏" in operator.get("/departments/S").text


def _of(code):
    return select(Department).where(Department.code == code)


def test_a_department_does_not_come_beneath_itself(operator):
    refused = corrected(operator, "/departments/S", name="销售部", parent="S")

    assert code_of(refused) == "departments_in_circle"
    assert 'id="parent-wrong"' in refused.text


def test_a_partner_is_warned_for_a_reason(operator, stored, sessions):
    with stored() as make:
        make.partner(name="某某科技")

    page = "/partners/某某科技/state"
    assert operator.send(page, state="warned").status_code == 422
    assert operator.send(page, reason="advertises").status_code == 422
    assert operator.send(page, state="warned", reason="advertises").status_code == 303

    assert 'data-state="warned"' in operator.get("/partners/某某科技").text
    with sessions() as session:
        assert session.scalars(select(Partner.because)).one() == "advertises"


def test_what_happens_to_a_thing_is_noted_after_a_look(operator, stored, subtests):
    with stored() as make:
        make.device(tag="WF-7"), make.device(tag="WF-8")
        make.sim(iccid=ICCID), make.account(handle="wx-7")
    for at, move, state, wrong in (
        ("/phones/WF-7", "send_to_repair", "in_repair", "issue"),
        ("/phones/WF-8", "unstock", "returning", "find"),
        (f"/sims/{ICCID}", "suspend", "suspended", "keep"),
        ("/accounts/wechat:wx-7", "freeze", "frozen", "nonsense"),
    ):
        with subtests.test(at):
            page = f"{at}/moves/{move}"
            assert f'href="{page}"' in operator.get(at).text
            assert code_of(operator.send(page, reason="x")) == "form_not_right"
            assert operator.send(page, on=page, reason="of the fair").location == at
            assert f'data-state="{state}"' in operator.get(at).text
            refused = operator.send(f"{at}/moves/{wrong}", reason="of the fair")
            assert code_of(refused).endswith("move_not_allowed")


def test_who_may_not_write_sees_no_way_to(someone, stored):
    with stored() as make:
        make.device(tag="WF-7")
    auditor = someone(Role.AUDITOR)

    assert 'id="new"' not in auditor.get("/phones").text
    assert 'id="edit"' not in auditor.get("/phones/WF-7").text
    assert code_of(auditor.get("/phones/WF-7/edit")) == "not_allowed"
