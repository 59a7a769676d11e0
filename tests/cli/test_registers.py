"""Spreadsheets from the command line: what is shown before, and what is stored after."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.cli.conftest import Workfleet
from tests.fleet.registers.conftest import as_csv, xlsx


@pytest.fixture
def people(tmp_path: Path, workfleet: Workfleet) -> Path:
    workfleet.say("department", "add", "S", "--name", "销售部")
    file = tmp_path / "员工.xlsx"
    file.write_bytes(xlsx([["姓名", "工号", "部门", "血型"], ["王芳", "E1", "销售部", "A"]]))
    return file


def test_a_dry_run_says_what_would_come_of_it(workfleet: Workfleet, people: Path) -> None:
    said = workfleet.say("import", "employees", people, "--dry-run")

    assert "1 rows in, 0 refused" in said
    assert "血型" in said
    assert "E1" not in workfleet.say("employee", "list")


def test_an_import_is_confirmed_and_stored(workfleet: Workfleet, people: Path) -> None:
    workfleet.run("import", "employees", people, expect=2)

    said = workfleet.say("import", "employees", people, "--yes")

    assert "1 new" in said
    assert "E1" in workfleet.say("employee", "list")
    assert "1 as they are" in workfleet.say("import", "employees", people, "--yes")


def test_a_change_is_shown_before_it_is_made(workfleet: Workfleet, people: Path) -> None:
    workfleet.say("import", "employees", people, "--yes")
    people.write_bytes(xlsx([["姓名", "工号"], ["王方", "E1"]]))

    said = workfleet.say("import", "employees", people, "--dry-run")

    assert "王芳" in said
    assert "王方" in said


def test_refused_rows_are_named_and_written_to_a_report(
    workfleet: Workfleet, people: Path, tmp_path: Path
) -> None:
    people.write_bytes(as_csv([["姓名", "工号", "部门"], ["王芳", "E1", "nowhere"]]))
    report = tmp_path / "report.csv"

    said = workfleet.say("import", "employees", people, "--report", report, expect=5)

    assert "1 rows in, 1 refused" in said
    assert "nowhere" in said
    assert "nowhere" in report.read_text("utf-8-sig")
    assert workfleet.json("import", "employees", people, "--dry-run", expect=5)["refused"] == 1


def test_a_file_with_passwords_is_refused_in_one_line(workfleet: Workfleet, people: Path) -> None:
    people.write_bytes(xlsx([["微信号", "密码"], ["wangfang", "Secret-1"]]))

    said = workfleet.refusal("import", "accounts", people, expect=5)

    assert "密码" in said
    assert "Secret-1" not in said


def test_a_register_is_written_and_read_again(
    workfleet: Workfleet, people: Path, tmp_path: Path
) -> None:
    workfleet.say("import", "employees", people, "--yes")
    file = tmp_path / "out.xlsx"

    workfleet.say("export", "employees", file, "--lang", "en", "--department", "S")

    rows = list(load_workbook(file).active.iter_rows(values_only=True))
    assert rows[0][:3] == ("number", "name", "department")
    assert rows[1][:3] == ("E1", "王芳", "S")
    assert "1 as they are" in workfleet.say("import", "employees", file, "--yes")


def test_a_filter_that_a_register_has_not_is_refused(workfleet: Workfleet, tmp_path: Path) -> None:
    said = workfleet.refusal("export", "sims", tmp_path / "o.csv", "--station", "b", expect=5)

    assert "station" in said


def test_a_template_is_written(workfleet: Workfleet, tmp_path: Path) -> None:
    workfleet.say("template", "phones", tmp_path / "t.xlsx")

    headers = [cell.value for cell in load_workbook(tmp_path / "t.xlsx").active[1]]
    assert "序列号*" in headers
    assert not any("密码" in header for header in headers)


def test_a_file_that_is_no_spreadsheet_by_its_name_is_not_written(
    workfleet: Workfleet, tmp_path: Path
) -> None:
    assert ".xlsx" in workfleet.refusal("template", "sims", tmp_path / "t.doc", expect=5)
