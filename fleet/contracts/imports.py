"""Spreadsheets on their way in and out: what is asked, and what is told of every row."""

from enum import StrEnum

from pydantic import Field

from fleet.contracts.accounts import AccountKind
from fleet.contracts.people import PartnerState
from fleet.contracts.proof import Level
from fleet.contracts.registers import Kind
from fleet.contracts.wire import Digest, Given, Mark, Shown


class ImportQuery(Given):
    """`plan`: of the dry run whose changes were looked at; needed where rows are changed."""

    dry_run: bool = False
    plan: Digest | None = None


class RemarkOut(Shown):
    """What is so in a line of the file, and what to do; `refused` ones keep everything out."""

    line: int
    column: str | None
    refused: bool
    message: str
    advice: str


class RowChangeOut(Shown):
    """One value that the register has and the file says otherwise."""

    line: int
    name: str
    column: str
    old: str | None
    new: str | None


class ImportOut(Shown):
    """`remarks` and `changes` are the first of their kind; `left_off` is how many more there are.

    `plan` names what was found to be done: given back, the import does that or nothing.
    """

    kind: Kind
    dry_run: bool
    done: bool
    rows: int
    added: int
    changed: int
    unchanged: int
    refused: int
    examples: int
    taken: list[str]
    shown_only: list[str]
    not_kept: list[str]
    unknown: list[str]
    remarks: list[RemarkOut]
    changes: list[RowChangeOut]
    left_off: int
    plan: Digest


class Form(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


class Language(StrEnum):
    ZH = "zh_CN"
    EN = "en"


class TemplateQuery(Given):
    language: Language = Language.ZH


class ExportQuery(Given):
    """What every export understands; `language` is that of the headers."""

    form: Form = Form.XLSX
    language: Language = Language.ZH
    q: Mark | None = Field(None, description="Part of any handle people say aloud.")


class EmployeeExportQuery(ExportQuery):
    department: Mark | None = None
    status: Mark | None = None


class PartnerExportQuery(ExportQuery):
    state: PartnerState | None = None
    department: Mark | None = None


class PhoneExportQuery(ExportQuery):
    state: Mark | None = None
    holder: Mark | None = None
    station: Mark | None = None
    pin: Level | None = None


class SimExportQuery(ExportQuery):
    state: Mark | None = None
    holder: Mark | None = None


class AccountExportQuery(ExportQuery):
    kind: AccountKind | None = None
    state: Mark | None = None
    holder: Mark | None = None


class HoldingExportQuery(ExportQuery):
    holder: Mark | None = None
