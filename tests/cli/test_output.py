"""How answers look."""

import csv
import io
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from cli.backups import amount
from cli.case_views import masked
from cli.output import Column, csv_of, local, show_fields, show_table, text_of
from fleet.contracts.spreadsheets import BOM, harmless
from fleet.contracts.wire import EmployeeRef

WIDE = (Column("Tag", lambda row: row[0]), Column("Holder", lambda row: row[1]))
ROWS = [("WF-0001", "王芳"), ("WF-0002", "欧阳震华")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_of_a_spreadsheet_runs(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0").startswith("'")


def test_an_honest_cell_stays_as_it_is() -> None:
    assert harmless("王芳") == "王芳"


def test_csv_begins_with_a_mark_and_quotes_what_needs_it() -> None:
    text = csv_of(
        [{"tag": "WF-0001", "holder": {"name": '王"芳', "number": "E1"}, "imei": ["1", "2"]}]
    )

    assert text.startswith(BOM)
    [names, row] = csv.reader(io.StringIO(text.removeprefix(BOM)))
    assert names == ["tag", "holder_name", "holder_number", "imei"]
    assert row == ["WF-0001", '王"芳', "E1", "1; 2"]


def test_a_list_of_csv_keeps_columns_that_only_some_rows_have() -> None:
    text = csv_of([{"a": 1}, {"a": 2, "b": {"c": None}}])

    assert list(csv.reader(io.StringIO(text.removeprefix(BOM)))) == [
        ["a", "b_c"],
        ["1", ""],
        ["2", ""],
    ]


@pytest.mark.parametrize("width", [20, 30, 40, 80])
def test_no_line_is_wider_than_the_screen(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    show_table([("WF-0001", "很长的名字" * 8)], WIDE)

    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert "".join("".join(lines).split()).count("很") == 8


def test_columns_line_up_under_wide_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    show_table(ROWS, WIDE[::-1])

    _heading, *lines = capsys.readouterr().out.splitlines()
    assert {cell_len(line[: line.index("WF-")]) for line in lines} == {len("欧阳震华") * 2 + 2}


def test_nothing_is_cut_where_nobody_watches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)

    show_table([("WF-0001", "x" * 500)], WIDE)

    assert "x" * 500 in capsys.readouterr().out


def test_named_values_stand_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_fields([("Tag", "WF-0001"), ("Holder", None)])

    assert capsys.readouterr().out.splitlines() == ["Tag     WF-0001", "Holder  —"]


def test_text_that_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    show_fields([("Name", "[bold]x[/bold] :smile:")])

    assert "[bold]x[/bold] :smile:" in capsys.readouterr().out


def test_people_appear_by_name_and_moments_in_local_time() -> None:
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    assert text_of(EmployeeRef(number="E1", name="王芳")) == "王芳 (E1)"
    assert text_of(moment) == local(moment) == f"{moment.astimezone():%Y-%m-%d %H:%M}"


def test_amounts_and_numbers_are_for_reading() -> None:
    assert (amount(512), amount(1536), amount(3 * 1024**3)) == ("512 B", "1.5 KiB", "3.0 GiB")
    assert masked("13912348810") == "139****8810"
