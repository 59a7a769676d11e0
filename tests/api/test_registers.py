"""Whole registers over HTTP: looked at, taken in, handed out, and taken in again."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from api.client import Client, Refused
from fleet.audit.models import AuditEntry
from fleet.contracts.access import Role
from fleet.contracts.accounts import AccountIn
from fleet.contracts.custody import IssueIn
from fleet.contracts.imports import (
    AccountExportQuery,
    EmployeeExportQuery,
    ExportQuery,
    Form,
    HoldingExportQuery,
    ImportQuery,
    Language,
    PartnerExportQuery,
    PhoneExportQuery,
    SimExportQuery,
    TemplateQuery,
)
from fleet.contracts.people import DepartmentIn, EmployeeIn, EmployeeQuery
from fleet.contracts.registers import REGISTERS, Kind
from fleet.people.queries import department
from tests.conftest import DIALECTS, ON_SQLITE
from tests.fleet.registers.conftest import as_csv, xlsx

QUERIES = {
    Kind.DEPARTMENTS: ExportQuery,
    Kind.EMPLOYEES: EmployeeExportQuery,
    Kind.PHONES: PhoneExportQuery,
    Kind.SIMS: SimExportQuery,
    Kind.ACCOUNTS: AccountExportQuery,
    Kind.PARTNERS: PartnerExportQuery,
    Kind.HOLDINGS: HoldingExportQuery,
}
both = pytest.mark.parametrize("dialect", DIALECTS, indirect=True)
PEOPLE = [["工号", "姓名", "部门"], ["E1", "王芳", "S"], ["E2", "=李雷", "S"]]


@pytest.fixture
def operator(client) -> Client:
    operator = client(Role.OPERATOR)
    operator.add_department(DepartmentIn(code="S", name="销售部"))
    return operator


def send(known: Client, kind: Kind, content: bytes, **query):
    take_in = getattr(known, f"import_{kind}")
    return take_in(io.BytesIO(content), len(content), ImportQuery(**query))


def export(known: Client, kind: Kind, **query) -> bytes:
    with getattr(known, f"export_{kind}")(QUERIES[kind](**query)) as pieces:
        return b"".join(pieces)


def cells(content: bytes) -> list[list[object]]:
    return [
        list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    ]


@both
def test_a_dry_run_stores_nothing_and_the_import_does_what_it_said(operator):
    content = xlsx(PEOPLE[:2])

    plan = send(operator, Kind.EMPLOYEES, content, dry_run=True)
    before = operator.employees().items
    done = send(operator, Kind.EMPLOYEES, content, plan=plan.plan)

    assert (plan.done, plan.added, before) == (False, 1, [])
    assert (done.done, done.added) == (True, 1)
    assert [one.name for one in operator.employees().items] == ["王芳"]


@both
def test_a_refused_row_keeps_the_whole_file_out(operator):
    with pytest.raises(Refused) as refusal:
        send(operator, Kind.EMPLOYEES, xlsx(PEOPLE))

    assert (refusal.value.status, refusal.value.code) == (422, "rows_refused")
    assert operator.employees().items == []


@both
def test_of_two_who_import_the_same_at_once_nothing_stands_twice(
    start_server, client, token_of, operator
):
    running = start_server(processes=2)
    tokens = [token_of(Role.OPERATOR), token_of(Role.ADMINISTRATOR)]
    rows = [["工号", "姓名", "部门"], *([f"E{n}", f"人 {n}", "S"] for n in range(300))]
    content, together = xlsx(rows), Barrier(2)

    def take(token: str) -> str:
        with Client(running.serving.url, token, language="en") as known:
            plan = send(known, Kind.EMPLOYEES, content, dry_run=True).plan
            together.wait(30)
            try:
                return str(send(known, Kind.EMPLOYEES, content, plan=plan).added)
            except Refused as refusal:
                return refusal.code

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(take, tokens))

    assert answers[0] == "300"
    assert answers[1] in {"register_moved_on", "changed_meanwhile", "not_allowed"}
    assert len(operator.employees(EmployeeQuery(limit=1000)).items) == 300


@ON_SQLITE
@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("language", list(Language))
def test_what_is_exported_is_imported_again_without_a_change(
    operator, stored, form, language, subtests
):
    operator.add_employee(EmployeeIn(number="0017", name="+王芳", department="S"))
    operator.add_account(AccountIn(handle="@wangfang", nickname="=1+1", department="S"))
    with stored() as make:
        make.device(tag="WF-1", brand="Xiaomi", imei=["490154203237518"])
        make.sim(number="13800138000", iccid="89860012345678901234")
        make.partner(name="某某科技", department=department(make.session, "S"))
    operator.issue(IssueIn(to="0017", devices=["WF-1"]))
    for kind in Kind:
        with subtests.test(str(kind)):
            content = export(operator, kind, form=form, language=language)

            again = send(operator, kind, content, dry_run=True)

            assert (again.rows, again.unchanged, again.remarks) == (1, 1, [])
            assert again.unknown == again.not_kept == []


@ON_SQLITE
def test_nothing_that_is_exported_is_run_by_a_spreadsheet(operator):
    operator.add_account(AccountIn(handle="wangfang", nickname="=cmd|'/c calc'!A0"))

    book = load_workbook(io.BytesIO(export(operator, Kind.ACCOUNTS)))
    text = export(operator, Kind.ACCOUNTS, form=Form.CSV).decode("utf-8-sig")

    row = list(book.active.iter_rows())[1]
    assert {cell.data_type for cell in row if cell.value} == {"s"}
    assert [one["昵称"] for one in csv.DictReader(io.StringIO(text))] == ["'=cmd|'/c calc'!A0"]


@ON_SQLITE
def test_an_export_keeps_to_its_filters_and_is_recorded(operator, sessions):
    for number, place in (("E1", "S"), ("E2", "T")):
        if place == "T":
            operator.add_department(DepartmentIn(code="T", name="技术部"))
        operator.add_employee(EmployeeIn(number=number, name=number, department=place))

    rows = cells(export(operator, Kind.EMPLOYEES, department="T"))

    assert [row[0] for row in rows] == ["工号", "E2"]
    with sessions() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
    assert (last.event, last.subject_name, last.details) == (
        "list.exported",
        "employees",
        {"filters": {"department": "T"}},
    )


@ON_SQLITE
@pytest.mark.parametrize("language", list(Language))
def test_a_template_is_understood_and_its_example_is_no_row(operator, language, subtests):
    for kind in Kind:
        with subtests.test(str(kind)):
            with operator.template(kind, TemplateQuery(language=language)) as pieces:
                content = b"".join(pieces)

            found = send(operator, kind, content, dry_run=True)

            assert (found.rows, found.examples) == (0, 1)
            assert len(found.taken) == len(REGISTERS[kind].asked())


@ON_SQLITE
def test_a_template_offers_fixed_values_and_keeps_numbers_as_text(operator):
    with operator.template(Kind.ACCOUNTS, TemplateQuery()) as pieces:
        sheet = load_workbook(io.BytesIO(b"".join(pieces))).active

    offered = [one.formula1 for one in sheet.data_validations.dataValidation]
    assert offered[:2] == ['"微信,企业微信,公众号"', '"是,否"']
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet["A1"].comment is not None


@ON_SQLITE
def test_a_register_that_is_not_there_has_no_template(operator):
    with pytest.raises(Refused) as refusal, operator.template("cars", TemplateQuery()):
        pass

    assert refusal.value.code == "register_unknown"


@ON_SQLITE
def test_a_file_of_noise_is_refused_and_leaves_nothing_behind(operator, settings):
    with pytest.raises(Refused) as refusal:
        send(operator, Kind.SIMS, bytes(range(256)) * 10)

    assert refusal.value.code == "sheet_unreadable"
    assert [one.name for one in (settings.home / "data").glob("*-*")] == []


@ON_SQLITE
def test_a_gbk_file_is_taken_in(operator):
    done = send(operator, Kind.DEPARTMENTS, as_csv([["部门编码", "部门名称"], ["T", "技术部"]]))

    assert done.added == 1
    assert {one.name for one in operator.departments().items} == {"销售部", "技术部"}
