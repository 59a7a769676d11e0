"""Rows and files that cannot be right: each is named, and nothing passes in silence."""

import io
import re
import zipfile

import pytest
from sqlalchemy import select

from fleet.contracts.registers import REGISTERS, Kind, is_secret
from fleet.devices.models import DeviceImei
from fleet.people.models import Employee
from fleet.registers import files, importing
from fleet.registers.errors import (
    AnotherRegister,
    HeadersNotFound,
    HeaderTwice,
    PasswordColumn,
    SheetHasMacros,
    SheetIsOld,
    SheetTooLarge,
    SheetUnreadable,
)
from tests.fleet.registers.conftest import as_csv, xlsx

GOOD, OTHER = "490154203237518", "356938035643809"
ICCID = "89860012345678901234"
PEOPLE = ["工号", "姓名", "部门", "入职日期", "岗位"]
PHONES = ["序列号", "资产编号", "IMEI1", "IMEI2"]
SIMS = ["手机号", "ICCID", "运营商"]
ACCOUNTS = ["账号类型", "微信号", "部门", "企业微信userid"]
DEPARTMENTS = ["部门编码", "部门名称", "上级部门", "负责人工号"]

BAD = {
    "no number": (Kind.EMPLOYEES, PEOPLE, ["", "王芳", "S"], "工号"),
    "no name": (Kind.EMPLOYEES, PEOPLE, ["E1", "", "S"], "姓名"),
    "no department": (Kind.EMPLOYEES, PEOPLE, ["E1", "王芳", ""], "部门"),
    "unknown department": (Kind.EMPLOYEES, PEOPLE, ["E1", "王芳", "nowhere"], "部门"),
    "department of two": (Kind.EMPLOYEES, PEOPLE, ["E1", "王芳", "分公司"], "部门"),
    "no such day": (Kind.EMPLOYEES, PEOPLE, ["E1", "王芳", "S", "2026-02-30"], "入职日期"),
    "day in words": (Kind.EMPLOYEES, PEOPLE, ["E1", "王芳", "S", "去年"], "入职日期"),
    "short year": (Kind.EMPLOYEES, PEOPLE, ["E1", "王芳", "S", "26/3/1"], "入职日期"),
    "day of a serial number": (Kind.EMPLOYEES, PEOPLE, ["E1", "王芳", "S", 46082], "入职日期"),
    "slash in a number": (Kind.EMPLOYEES, PEOPLE, ["E/1", "王芳", "S"], "工号"),
    "dots alone": (Kind.EMPLOYEES, PEOPLE, ["..", "王芳", "S"], "工号"),
    "formula": (Kind.EMPLOYEES, PEOPLE, ["E1", "=A1&B1", "S"], "姓名"),
    "command": (Kind.EMPLOYEES, PEOPLE, ["E1", "=cmd|'/c calc'!A0", "S"], "姓名"),
    "too long": (Kind.EMPLOYEES, PEOPLE, ["E1", "王" * 201, "S"], "姓名"),
    "line break": (Kind.EMPLOYEES, PEOPLE, ["E1", "王\n芳", "S"], "姓名"),
    "long number as a number": (Kind.EMPLOYEES, PEOPLE, [12345678901234567, "王芳", "S"], "工号"),
    "number cut": (Kind.SIMS, SIMS, ["13800138000", 8.98600123456789e19], "ICCID"),
    "number cut as text": (Kind.SIMS, SIMS, ["1.38E+10", ICCID], "手机号"),
    "letters in a number": (Kind.SIMS, SIMS, ["13800I38000", ICCID], "手机号"),
    "short card": (Kind.SIMS, SIMS, ["13800138000", "8986001"], "ICCID"),
    "no card": (Kind.SIMS, SIMS, ["13800138000", ""], "ICCID"),
    "card of another": (Kind.SIMS, SIMS, ["13900139000", ICCID], "手机号"),
    "another card": (Kind.SIMS, SIMS, ["13700137000", "8986001234567890999X"], "ICCID"),
    "IMEI mistyped": (Kind.PHONES, PHONES, ["SN000001", "", "490154203237519"], "IMEI1"),
    "IMEI too short": (Kind.PHONES, PHONES, ["SN000001", "", "", "12345"], "IMEI2"),
    "IMEI of another": (Kind.PHONES, PHONES, ["SN000001", "", GOOD], "IMEI1"),
    "sticker of another": (Kind.PHONES, PHONES, ["SN000001", "WF-9"], "资产编号"),
    "another sticker": (Kind.PHONES, PHONES, ["SN999999", "WF-8"], "资产编号"),
    "serial of many": (Kind.PHONES, PHONES, ["0123456789ABCDEF"], "序列号"),
    "phone without a serial": (Kind.PHONES, PHONES, ["", "WF-7"], "序列号"),
    "kind of account": (Kind.ACCOUNTS, ACCOUNTS, ["QQ", "wangfang"], "账号类型"),
    "account without a name": (Kind.ACCOUNTS, ACCOUNTS, ["微信", "", "S"], "微信号"),
    "user id of WeChat": (Kind.ACCOUNTS, ACCOUNTS, ["微信", "w", "S", "w"], "企业微信userid"),
    "department without a name": (Kind.DEPARTMENTS, DEPARTMENTS, ["N", ""], "部门名称"),
    "above itself": (Kind.DEPARTMENTS, DEPARTMENTS, ["N", "新", "N"], "上级部门"),
    "nobody as head": (Kind.DEPARTMENTS, DEPARTMENTS, ["N", "新", "", "E404"], "负责人工号"),
}


@pytest.fixture
def stocked(make, session):
    """Make what bad rows run against."""
    make.department(code="S", name="销售部")
    make.department(code="B1", name="分公司")
    make.department(code="B2", name="分公司")
    make.sim(number="13700137000", iccid=ICCID)
    phone = make.device(serial="SN999999", tag="WF-9", imei=[GOOD])
    session.add(DeviceImei(device_id=phone.id, imei=GOOD))
    session.flush()


@pytest.mark.usefixtures("stocked")
def test_every_bad_row_is_named_with_its_line_and_column(look, subtests):
    for name, (kind, headers, row, column) in BAD.items():
        with subtests.test(name):
            found = look(kind, [headers, [], row])

            [remark] = found.remarks
            assert (found.refused, found.added, found.changed) == (1, 0, 0)
            assert (remark.line, remark.column, remark.refused) == (3, column, True)
            assert remark.message
            assert remark.advice


@pytest.mark.usefixtures("stocked")
def test_what_stands_twice_in_a_file_is_refused_the_second_time(look, subtests):
    twice = {
        "工号": (Kind.EMPLOYEES, PEOPLE, ["E1", "王芳", "S"], ["E1", "李雷", "S"]),
        "序列号": (Kind.PHONES, PHONES, ["SN000001"], ["SN000001"]),
        "资产编号": (Kind.PHONES, PHONES, ["SN000001", "WF-1"], ["SN000002", "WF-1"]),
        "IMEI1": (Kind.PHONES, PHONES, ["SN000001", "", OTHER], ["SN000002", "", "", OTHER]),
        "ICCID": (Kind.SIMS, SIMS, ["13800138000", ICCID[::-1]], ["13800138001", ICCID[::-1]]),
        "微信号": (Kind.ACCOUNTS, ACCOUNTS, ["", "w"], ["微信", "w"]),
    }
    for column, (kind, headers, *rows) in twice.items():
        with subtests.test(column):
            found = look(kind, [headers, *rows])

            [remark] = found.remarks
            assert (remark.line, remark.column, found.added) == (3, column, 1)
            assert "2" in remark.message


def test_departments_in_a_circle_are_refused(look):
    rows = [DEPARTMENTS, ["A", "甲", "B"], ["B", "乙", "A"], ["C", "丙", "A"]]

    found = look(Kind.DEPARTMENTS, rows)

    assert [one.line for one in found.remarks] == [2, 3]


def test_columns_that_nobody_knows_are_named(look):
    found = look(Kind.EMPLOYEES, [["工号", "姓名", "血型"], ["E1", "王芳", "A"]])

    assert found.unknown == ["血型"]


def test_examples_are_no_rows(look):
    rows = [["部门编码", "部门名称"], ["示例：D1", "x"], ["Example: D1", "x"], ["D2", "销售"]]

    found = look(Kind.DEPARTMENTS, rows)

    assert (found.rows, found.examples, found.added) == (1, 2, 1)


@pytest.mark.parametrize(
    "header",
    [
        "密码",
        "微信密码",
        "登录密码*",
        "Password",
        "passwd",
        "PWD",
        "锁屏密码",
        "口令",
        "PIN",
        "PUK码",
    ],
)
def test_no_password_is_taken_from_a_file(look, header):
    rows = [["账号类型", "微信号", header], ["微信", "wangfang", "Secret-123"]]

    with pytest.raises(PasswordColumn) as refusal:
        look(Kind.ACCOUNTS, rows)

    assert "Secret-123" not in str(refusal.value)


def test_no_register_has_a_column_for_a_password():
    taken = [one for register in REGISTERS.values() for one in register.asked()]

    assert not any(is_secret(text) for one in taken for text in (one.zh, *one.aliases, one.name))


def test_two_columns_that_say_the_same_are_refused(look):
    with pytest.raises(HeaderTwice):
        look(Kind.SIMS, [["手机号", "号码", "ICCID"], ["13800138000", "13800138001", ICCID]])


def test_a_file_without_headers_is_refused(look):
    with pytest.raises(HeadersNotFound):
        look(Kind.SIMS, [["13800138000", ICCID]])


def test_a_file_of_another_register_is_told_which_it_is_of(look):
    with pytest.raises(AnotherRegister) as refusal:
        look(Kind.DEPARTMENTS, [["台账"], ["手机号", "ICCID"], ["13800138000", ICCID]])

    assert refusal.value.details == {"register": "departments", "other": "sims"}
    assert "as sims" in refusal.value.next_step()


def archive(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


def spoilt(part: str, change) -> bytes:
    """Return a good workbook with one part of it changed."""
    good = zipfile.ZipFile(io.BytesIO(xlsx([["工号", "姓名", "部门"], ["E1", "王芳", "S"]])))
    parts = {name: good.read(name) for name in good.namelist()}
    return archive(**{**parts, part: change(parts[part])})


SHEET = "xl/worksheets/sheet1.xml"
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
FILE = b'<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>'


def declaring(document_type: bytes):
    """Return what gives a well-formed part a document type, and a cell that uses it."""
    return lambda old: (
        document_type + re.sub(rb"^<\?xml.*?\?>\s*", b"", old).replace("王芳".encode(), b"&b;")
    )


def renamed() -> bytes:
    """Return a workbook whose sheet has a document type, and a name like no XML."""
    good = zipfile.ZipFile(io.BytesIO(spoilt(SHEET, declaring(BOMB))))
    parts = {
        name: good.read(name).replace(b"sheet1.xml", b"sheet1.png") for name in good.namelist()
    }
    parts[SHEET.replace(".xml", ".png")] = parts.pop(SHEET)
    return archive(**parts)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(spoilt(SHEET, declaring(BOMB)), id="sheet"),
        pytest.param(spoilt(SHEET, declaring(FILE)), id="another-file"),
        pytest.param(spoilt("xl/workbook.xml", declaring(BOMB)), id="workbook"),
        pytest.param(
            spoilt(SHEET, lambda old: declaring(BOMB)(old).decode().encode("utf-16")), id="utf-16"
        ),
        pytest.param(
            spoilt(SHEET, lambda old: b"<!-- " + b"x" * 70_000 + b" -->" + declaring(BOMB)(old)),
            id="behind-a-comment",
        ),
        pytest.param(renamed(), id="another-name"),
    ],
)
def test_no_part_of_a_workbook_may_declare_a_document_type(counter, content):
    with pytest.raises(SheetUnreadable) as refusal:
        counter.look(Kind.EMPLOYEES, content)

    assert refusal.value.details["reason"] == "DOCTYPE"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        pytest.param(b"\xd0\xcf\x11\xe0" + b"\0" * 600, SheetIsOld, id="old"),
        pytest.param(b"PK\x03\x04 and nothing", SheetUnreadable, id="torn"),
        pytest.param(archive(x=b"y"), SheetUnreadable, id="no-workbook"),
        pytest.param(b"\xff\xfe\xfd\x00\x01", SheetUnreadable, id="bytes"),
        pytest.param(b"\x80\x81\xff\xff,\n", SheetUnreadable, id="no-encoding"),
        pytest.param(b"", HeadersNotFound, id="empty"),
        pytest.param(archive(**{"xl/vbaProject.bin": b"x"}), SheetHasMacros, id="macros"),
        pytest.param(
            archive(**{SHEET: b"0" * (files.LARGEST_UNPACKED + 1)}), SheetTooLarge, id="zip-bomb"
        ),
        pytest.param(
            archive(**{"xl/styles.xml": b"0" * (files.LARGEST_TEXTS // 8 + 1)}),
            SheetTooLarge,
            id="styles",
        ),
        pytest.param(archive(**{f"{n}": b"" for n in range(600)}), SheetTooLarge, id="many"),
        pytest.param(spoilt(SHEET, lambda old: old[:-40]), SheetUnreadable, id="cut"),
    ],
)
def test_a_file_that_is_no_sound_spreadsheet_is_refused(counter, content, refusal):
    with pytest.raises(refusal):
        counter.look(Kind.EMPLOYEES, content)


def test_more_rows_than_are_taken_at_once_are_refused(counter, monkeypatch):
    monkeypatch.setattr("fleet.registers.reading.MOST_ROWS", 3)
    rows = [["部门编码", "部门名称"], *([f"D{n}", "x"] for n in range(4))]

    with pytest.raises(SheetTooLarge):
        counter.look(Kind.DEPARTMENTS, as_csv(rows))


def test_more_bytes_than_are_taken_are_refused(settings):
    pieces = (b"0" * files.MEBIBYTE for _ in range(40))

    with (
        pytest.raises(SheetTooLarge),
        importing.received(Kind.SIMS, pieces, settings),
    ):
        pass

    assert list((settings.home / "data").glob("*-*")) == []


def test_zeros_in_front_survive_however_they_were_kept(counter, make, session):
    make.department(code="S")
    rows = [["工号", "姓名", "部门"], ['="0017"', "王芳", "S"], ["0018", "李雷", "S"]]

    counter.take(Kind.EMPLOYEES, as_csv(rows))

    assert sorted(session.scalars(select(Employee.number))) == ["0017", "0018"]
