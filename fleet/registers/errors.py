"""What imports refuse as a whole; what is wrong with single rows is told row by row."""

from dataclasses import dataclass
from typing import Any

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound


@dataclass(eq=False)
class SheetUnreadable(Invalid):
    reason: str
    code = "sheet_unreadable"
    message = _("The file cannot be read as a spreadsheet ({reason}).")
    advice = _("Save it as .xlsx or as CSV, and try again.")


class SheetIsOld(Invalid):
    code = "sheet_is_old"
    message = _("The file is of an old Excel (.xls), or locked with a password.")
    advice = _("Open it and save it as .xlsx without a password.")


class SheetHasMacros(Invalid):
    code = "sheet_has_macros"
    message = _("The file has macros in it.")
    advice = _("Save it as .xlsx, which has none.")


@dataclass(eq=False)
class SheetTooLarge(Invalid):
    most: str
    code = "sheet_too_large"
    message = _("The file is larger than what is taken at once: {most}.")
    advice = _("Split it, and import the parts one after the other.")


@dataclass(eq=False)
class HeadersNotFound(Invalid):
    headers: str
    code = "headers_not_found"
    message = _("None of the first ten rows names the columns that are needed: {headers}.")
    advice = _("Write them into the first row, or begin with `workfleet template`.")


@dataclass(eq=False)
class AnotherRegister(Invalid):
    register: str
    other: str
    code = "another_register"
    message = _("These are the headers of another register: {other}, not {register}.")
    advice = _("Take it in as {other}, with `workfleet import`.")


@dataclass(eq=False)
class HeaderTwice(Invalid):
    header: str
    code = "header_twice"
    message = _("Two columns say the same: {header}.")
    advice = _("Keep the right one, and remove the other.")


@dataclass(eq=False)
class PasswordColumn(Invalid):
    header: str
    code = "password_column"
    message = _("The column {header} is for passwords: none is ever taken from a file.")
    advice = _(
        "Delete the column and the file's copies. Have what was in it changed with "
        "`workfleet rotate`, or take it in with `workfleet credential adopt`."
    )


@dataclass(eq=False)
class RowsRefused(Invalid):
    """`remarks` are the first of them, as a dry run tells them."""

    rows: int
    refused: int
    remarks: list[dict[str, Any]]
    code = "rows_refused"
    message = _("{rows} rows in, {refused} refused: nothing was stored.")
    advice = _("Correct the rows that a dry run names, and import the whole file again.")


@dataclass(eq=False)
class ChangesNotSeen(Conflict):
    changed: int
    code = "changes_not_seen"
    message = _("{changed} rows would change what is in the register; nobody has looked at them.")
    advice = _("Make a dry run, look at what it says, and give its plan.")


class RegisterMovedOn(Conflict):
    code = "register_moved_on"
    message = _("The file or the register is not as it was at the dry run; nothing was stored.")
    advice = _("Make the dry run again and look at what it says now.")


@dataclass(eq=False)
class RegisterUnknown(NotFound):
    kind: str
    known: str
    code = "register_unknown"
    message = _("There is no register {kind}.")
    advice = _("These are there: {known}.")


class SheetGone(NotFound):
    code = "sheet_gone"
    message = _("This file does not wait here any more.")
    advice = _("Send it again.")
