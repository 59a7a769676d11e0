"""A spreadsheet of those who leave is read whoever made it, and what is wrong is said by line."""

from datetime import date

import openpyxl
import pytest

from fleet.registers.errors import HeadersNotFound, SheetUnreadable
from fleet.registers.leavers import read


@pytest.fixture
def settings(tools):
    (tools.settings.home / "data").mkdir(exist_ok=True)
    return tools.settings


def test_a_csv_of_excel_in_chinese_is_read(settings):
    text = "离职人员\n工号,姓名,离职日期,接替人工号\nE1,王芳,2026/12/31,E2\n\nE3,林晓,,\n"

    found = read([text.encode("gb18030")], settings)

    assert [(one.line, one.employee, one.by, one.successor) for one in found.rows] == [
        (3, "E1", date(2026, 12, 31), "E2"),
        (5, "E3", None, None),
    ]
    assert found.remarks == []


def test_a_workbook_is_read(settings, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Last day", "number"])
    book.active.append([date(2026, 12, 31), "E1"])
    path = tmp_path / "leavers.xlsx"
    book.save(path)

    found = read([path.read_bytes()], settings)

    assert [(one.employee, one.by) for one in found.rows] == [("E1", date(2026, 12, 31))]


def test_what_is_wrong_is_said_by_line(settings):
    text = "工号,离职日期\nE1,31st of December\n,2026-12-31\n=1+1,2026-12-31\n"

    found = read([text.encode()], settings)

    assert ([one.line for one in found.remarks], found.rows) == ([2, 3, 4], [])


@pytest.mark.parametrize("content", [b"name,by\nAnn,2026-12-31\n", b""])
def test_a_file_without_numbers_of_employees_is_refused(settings, content):
    with pytest.raises(HeadersNotFound):
        read([content], settings)


def test_a_spoilt_file_is_refused(settings):
    with pytest.raises(SheetUnreadable):
        read([b"PK\x03\x04" + bytes(100)], settings)
