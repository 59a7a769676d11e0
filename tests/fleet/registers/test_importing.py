"""What is taken in from spreadsheets, and that it is all or nothing."""

from datetime import date

import pytest
from sqlalchemy import event, func, select

from fleet.access.errors import NotAllowed
from fleet.accounts.models import Account
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.registers import Kind
from fleet.devices.models import Device, DeviceImei
from fleet.people.models import Department, Employee, Partner, Post, Status
from fleet.registers import importing
from fleet.registers.errors import ChangesNotSeen, RegisterMovedOn, RowsRefused
from fleet.sims.lifecycle import State as SimState
from fleet.sims.models import Sim
from tests.fleet.registers.conftest import Counter, as_csv, xlsx

IMEI, OTHER_IMEI = "490154203237518", "356938035643809"
PEOPLE = ["部门", "姓名", "工号", "入职日期"]


@pytest.fixture
def sales(make):
    return make.department(code="S", name="销售部")


def test_people_come_in_under_any_header_in_any_order(take, session, sales):
    rows = [PEOPLE, ["销售部", "王芳", "E1", date(2026, 3, 1)], ["S", "李雷", "E2", "2026年4月2日"]]

    done = take(Kind.EMPLOYEES, rows)

    people = session.scalars(select(Employee).order_by(Employee.number)).all()
    assert (done.rows, done.added, done.refused) == (2, 2, 0)
    assert [(p.number, p.name, p.department.code, p.joined_on) for p in people] == [
        ("E1", "王芳", "S", date(2026, 3, 1)),
        ("E2", "李雷", "S", date(2026, 4, 2)),
    ]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_is_read_as_whatever_saved_it_wrote(counter, session, sales, encoding):
    rows = [["工号", "姓名", "部门"], ["0017", "王芳", "销售部"]]

    counter.take(Kind.EMPLOYEES, as_csv(rows, encoding))

    assert session.scalars(select(Employee.number)).all() == ["0017"]


def test_the_same_file_again_changes_nothing(take, session, sales):
    rows = [PEOPLE, ["S", "王芳", "E1", "2026-03-01"]]
    take(Kind.EMPLOYEES, rows)
    before = len(recorded(session))

    again = take(Kind.EMPLOYEES, rows)

    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert len(recorded(session)) == before


def test_what_differs_is_told_before_and_changed_after(look, take, session, sales, make):
    make.employee(number="E1", name="王方", department=sales, position="经理")
    rows = [["工号", "姓名", "部门", "岗位"], ["E1", "王芳", "S", ""]]

    [change] = look(Kind.EMPLOYEES, rows).changes
    done = take(Kind.EMPLOYEES, rows)

    assert (change.line, change.name, change.column) == (2, "E1", "姓名")
    assert (change.old, change.new) == ("王方", "王芳")
    person = session.scalars(select(Employee)).one()
    assert (person.name, person.position, done.changed) == ("王芳", "经理", 1)
    assert recorded(session)[-2].name == "employee.corrected"


def test_a_change_that_nobody_looked_at_is_refused(counter, session, sales, make, settings):
    make.employee(number="E1", name="王方", department=sales)
    content = xlsx([["工号", "姓名", "部门"], ["E1", "王芳", "S"]])

    with (
        importing.received(Kind.EMPLOYEES, [content], settings) as sheet,
        pytest.raises(ChangesNotSeen),
    ):
        importing.import_register(
            session, sheet, importing.ImportQuery(), settings, actor=counter.actor
        )


def test_a_register_that_has_moved_on_is_refused(counter, sales, make):
    person = make.employee(number="E1", name="王方", department=sales)
    content = xlsx([["工号", "姓名", "部门"], ["E1", "王芳", "S"]])
    plan = counter.look(Kind.EMPLOYEES, content).plan
    person.name = "王放"

    with pytest.raises(RegisterMovedOn):
        counter.take(Kind.EMPLOYEES, content, plan)


def test_one_bad_row_keeps_all_of_them_out(take, session, sales):
    rows = [PEOPLE, ["S", "王芳", "E1", ""], ["nowhere", "李雷", "E2", ""]]

    with pytest.raises(RowsRefused) as refusal:
        take(Kind.EMPLOYEES, rows)

    assert (refusal.value.rows, refusal.value.refused) == (2, 1)
    assert refusal.value.remarks[0]["line"] == 3
    assert session.scalar(select(func.count(Employee.id))) == 0


def test_departments_may_stand_before_those_above_them(take, session):
    rows = [["部门编码", "部门名称", "上级部门"], ["SE", "东区", "销售部"], ["S", "销售部", ""]]

    take(Kind.DEPARTMENTS, rows)
    again = take(Kind.DEPARTMENTS, rows)

    east = session.scalars(select(Department).where(Department.code == "SE")).one()
    assert (east.parent.code, again.unchanged) == ("S", 2)


def test_a_head_comes_with_a_later_file(take, session, sales, make):
    make.employee(number="E1", department=sales)

    done = take(Kind.DEPARTMENTS, [["部门编码", "负责人工号"], ["S", "E1"]])

    assert (done.changed, sales.head.number) == (1, "E1")


def test_a_phone_is_registered_with_its_sticker_or_gets_one(take, session):
    rows = [
        ["手机领用登记表"],
        ["序号", "资产编号", "品牌", "型号", "串号", "IMEI2", "S/N", "原值", "状态"],
        [1, "WF-0002", "小米", "小米14", IMEI, OTHER_IMEI, "8A7X0123", 3999, "在库"],
        [2, "", "vivo", "X100", "", "", "8A7X0124", "", ""],
        [3, "WF-0001", "", "", "", "", "8A7X0125", "", ""],
    ]

    done = take(Kind.PHONES, rows)

    phones = session.scalars(select(Device).order_by(Device.serial)).all()
    assert [phone.tag for phone in phones] == ["WF-0002", "WF-0003", "WF-0001"]
    assert (phones[0].brand, phones[0].market_name) == ("Xiaomi", "小米14")
    assert set(session.scalars(select(DeviceImei.imei))) == {IMEI, OTHER_IMEI}
    assert (done.not_kept, done.shown_only) == (["序号", "原值"], ["状态"])
    assert take(Kind.PHONES, rows).unchanged == 3


def test_what_a_phone_says_of_itself_stays(take, make):
    phone = make.device(serial="8A7X0123", brand="Xiaomi", market_name="Xiaomi 14")
    phone.last_seen_at = now()

    done = take(Kind.PHONES, [["序列号", "品牌", "型号"], ["8A7X0123", "小米", "小米14"]])

    assert (done.unchanged, [one.column for one in done.remarks]) == (1, ["型号"])
    assert phone.market_name == "Xiaomi 14"


def test_imeis_are_added_and_none_is_taken_away(take, make, session):
    phone = make.device(serial="8A7X0123", imei=[IMEI])
    session.add(DeviceImei(device_id=phone.id, imei=IMEI))

    take(Kind.PHONES, [["SN", "IMEI"], ["8A7X0123", OTHER_IMEI]])

    assert phone.imei == sorted([IMEI, OTHER_IMEI])


def test_sims_keep_their_long_numbers(take, session):
    iccid = "89860012345678901234"
    rows = [["手机号", "ICCID", "运营商", "月租"], ["138 0013-8000", iccid, "中国移动", 59]]

    done = take(Kind.SIMS, rows)

    sim = session.scalars(select(Sim)).one()
    assert (sim.number, sim.iccid, sim.carrier) == ("13800138000", iccid, "中国移动")
    assert done.not_kept == ["月租"]


def test_accounts_are_told_apart_by_kind_and_handle(take, session, sales):
    rows = [
        ["账号类型(微信/企业微信)", "微信号", "企业微信userid", "部门", "昵称", "序号"],
        ["微信", "wangfang", "", "销售部", "王芳", "1"],
        ["企业微信", "", "wangfang", "", "", ""],
        ["", "lilei", "", "", "", ""],
    ]

    done = take(Kind.ACCOUNTS, rows)

    kinds = session.execute(select(Account.kind, Account.handle)).all()
    assert done.not_kept == ["序号"]
    assert {tuple(one) for one in kinds} == {
        (AccountKind.WECHAT, "wangfang"),
        (AccountKind.WECHAT, "lilei"),
        (AccountKind.WECOM, "wangfang"),
    }


def test_an_import_asks_by_the_batch_and_not_by_the_row(counter, session, sales):
    def asked(count: int) -> int:
        rows = [["工号", "姓名", "部门"]]
        rows += [[f"{count}-{n}", f"Name {n}", "S"] for n in range(count)]
        content, counted = xlsx(rows), []
        engine = session.get_bind()

        def note(*_args: object) -> None:
            counted.append(1)

        event.listen(engine, "before_cursor_execute", note)
        try:
            counter.look(Kind.EMPLOYEES, content)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(counted)

    assert asked(400) == asked(2)


def test_who_may_not_register_may_not_import(session, settings, make):
    auditor = Counter(session, settings, make.actor(Role.AUDITOR))

    with pytest.raises(NotAllowed):
        auditor.look(Kind.EMPLOYEES, xlsx([["工号", "姓名", "部门"], ["E1", "王芳", "S"]]))


def test_somebody_who_leaves_heads_nothing(look, make, sales):
    make.employee(number="E1", department=sales, status=Status.LEAVING)

    [remark] = look(Kind.DEPARTMENTS, [["部门编码", "负责人"], ["S", "E1"]]).remarks

    assert (remark.refused, remark.column) == (True, "负责人")


def test_the_trail_tells_of_every_row_and_of_the_file(take, session, sales):
    take(Kind.EMPLOYEES, [PEOPLE, ["S", "王芳", "E1", ""]])

    names = [one.name for one in recorded(session)]
    assert names[-2:] == ["employee.added", "register.imported"]


PHONE = [
    "序列号",
    "颜色/容量",
    "新旧程度",
    "用途",
    "责任人",
    "共用",
    "购买日期",
    "保修期至",
    "备注",
]


def test_what_the_forms_say_of_a_phone_comes_in(take, look, session, sales, make):
    owner = make.employee(number="E1", department=sales)
    row = [
        "R58M123ABC",
        "黑色 256GB",
        "九成新",
        "销售",
        "E1",
        "是",
        "2026-03-01",
        "2027/3/1",
        "柜台",
    ]

    take(Kind.PHONES, [PHONE, row])

    phone = session.scalars(select(Device)).one()
    assert (phone.colour, phone.condition, phone.purpose) == ("黑色 256GB", "九成新", "销售")
    assert (phone.owner_id, phone.shared, phone.note) == (owner.id, True, "柜台")
    assert (phone.bought_on, phone.warranty_until) == (date(2026, 3, 1), date(2027, 3, 1))
    assert look(Kind.PHONES, [PHONE, row]).unchanged == 1
    [change] = look(Kind.PHONES, [["序列号", "是否共用"], ["R58M123ABC", "否"]]).changes
    assert (change.old, change.new) == ("yes", "no")
    [wrong] = look(Kind.PHONES, [["序列号", "责任人"], ["R58M123ABC", "E404"]]).remarks
    assert (wrong.column, "E404" in wrong.message) == ("责任人", True)


def test_what_the_forms_say_of_a_sim_comes_in(take, look, session):
    headers = ["手机号", "ICCID", "实名主体", "实名类型", "实际使用人", "开卡日期", "备注"]
    row = ["13800138000", "89860012345678901234", "某某公司", "企业", "王芳", "2026-03-01", "无"]

    take(Kind.SIMS, [headers, row])

    sim = session.scalars(select(Sim)).one()
    assert (sim.owner_kind, sim.actual_user, sim.opened_on) == ("company", "王芳", date(2026, 3, 1))
    assert look(Kind.SIMS, [headers, row]).unchanged == 1


def test_what_the_forms_say_of_an_account_comes_in(take, look, session):
    headers = [
        "微信号",
        "绑定QQ/邮箱",
        "是否实名",
        "是否绑卡",
        "外部联系人数",
        "注册人身份",
        "启用日期",
    ]
    row = ["wx-1", "wx@example.com", "是", "否", "214", "离职", "2026-03-01"]

    take(Kind.ACCOUNTS, [headers, row])

    one = session.scalars(select(Account)).one()
    assert (one.contact, one.real_name, one.card_bound) == ("wx@example.com", True, False)
    assert (one.contacts, one.registrant_standing) == (214, "left")
    assert look(Kind.ACCOUNTS, [headers, row]).unchanged == 1
    wrong = look(
        Kind.ACCOUNTS, [["微信号", "是否实名", "客户数"], ["wx-1", "也许", "很多"]]
    ).remarks
    assert [one.column for one in wrong] == ["是否实名", "客户数"]


def test_no_file_binds_an_account_to_a_number_that_is_gone(look, make):
    make.sim(number="13800138000", state=SimState.CANCELLED)

    [wrong] = look(Kind.ACCOUNTS, [["微信号", "绑定手机号"], ["wx-1", "13800138000"]]).remarks

    assert wrong.column == "绑定手机号"


def test_a_cancelled_number_comes_in_on_another_card_and_rests_on(take, session, make):
    until = now()
    gone = make.sim(state=SimState.CANCELLED, quarantined_until=until)
    rows = [["手机号", "ICCID"], [gone.number, "89860012345678905678"], [gone.number, gone.iccid]]

    with pytest.raises(RowsRefused):
        take(Kind.SIMS, rows)
    done = take(Kind.SIMS, rows[:2])

    new = session.scalars(select(Sim).where(Sim.state == SimState.IN_STOCK)).one()
    assert (done.added, new.number, new.quarantined_until) == (1, gone.number, until)


def test_first_responsible_persons_come_with_departments(take, session, make):
    make.employee(number="E1")
    rows = [["部门编码", "部门名称", "第一责任人"], ["S", "销售部", "E1"], ["T", "技术部", ""]]

    take(Kind.DEPARTMENTS, rows)
    rows[2][2] = "E1"
    again = take(Kind.DEPARTMENTS, rows)

    places = {one.code: one for one in session.scalars(select(Department))}
    assert (places["S"].responsible.number, places["T"].responsible.number) == ("E1", "E1")
    assert (again.changed, take(Kind.DEPARTMENTS, rows).unchanged) == (1, 2)


def test_posts_beside_the_main_one_come_with_people(look, take, session, sales, make):
    make.department(code="T", name="技术部")
    rows = [["工号", "姓名", "部门", "兼任岗位"], ["E1", "王芳", "S", "技术部 顾问；S 助理"]]
    take(Kind.EMPLOYEES, rows)
    again = take(Kind.EMPLOYEES, rows)
    rows[1][3] = "T 顾问"

    [change] = look(Kind.EMPLOYEES, rows).changes
    take(Kind.EMPLOYEES, rows)

    assert again.unchanged == 1
    assert (change.old, change.new) == ("S 助理; T 顾问", "T 顾问")
    ended = {one.title: one.until for one in session.scalars(select(Post))}
    assert (ended["顾问"], ended["助理"] is not None) == (None, True)


def test_posts_in_departments_that_are_not_there_are_refused(look, sales):
    rows = [["工号", "姓名", "部门", "兼任岗位"], ["E1", "王芳", "S", "nowhere 顾问"]]

    [remark] = look(Kind.EMPLOYEES, rows).remarks

    assert (remark.column, remark.refused) == ("兼任岗位", True)


def test_another_department_of_a_person_is_kept_as_a_move(take, session, sales, make):
    make.employee(number="E1", name="王芳", department=make.department(code="T"))

    take(Kind.EMPLOYEES, [["工号", "姓名", "部门"], ["E1", "王芳", "S"]])

    assert [one.department.code for one in session.scalars(select(Post))] == ["T"]


def test_partners_come_in_and_are_corrected(look, take, session, sales):
    headers = ["合作单位", "联系人", "联系电话", "归口部门"]
    rows = [headers, ["某某科技", "赵敏", "13800138000", "销售部"]]
    take(Kind.PARTNERS, rows)
    rows[1][1] = "李雷"

    [change] = look(Kind.PARTNERS, rows).changes
    take(Kind.PARTNERS, rows)

    [one] = session.scalars(select(Partner))
    assert (change.old, change.new) == ("赵敏", "李雷")
    assert (one.contact, one.number, one.department.code) == ("李雷", "13800138000", "S")
