"""What people type, and how it becomes what a verb is given."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import make_response
from flask_wtf import FlaskForm
from markupsafe import escape
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    FileField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from api.console.surroundings import page
from api.problems import RequestInvalid, status_of
from api.transaction import undo
from fleet.contracts.access import Role
from fleet.contracts.accessories import Condition
from fleet.contracts.accounts import AccountKind
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.fields import fields_of
from fleet.contracts.incidents import IncidentKind
from fleet.contracts.labels import label
from fleet.contracts.openings import OpeningPurpose
from fleet.contracts.papers import HandOverReason, PaperKind, PaperRole
from fleet.contracts.photos import PhotoTaken
from fleet.contracts.stocktakes import BY_HAND
from fleet.contracts.words import _, say, translated
from fleet.errors import FleetError, Invalid

Contract = TypeVar("Contract", bound=BaseModel)


class Said:
    """A sentence that is translated when it is shown: a form is written down once for everybody."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return translated(self._text)

    def __html__(self) -> str:
        return escape(str(self))


class FormNotRight(Invalid):
    code = "form_not_right"
    message = _("Something in this form is not right yet; nothing was done.")
    advice = _("See what is said beneath the fields.")


class Form(FlaskForm):  # type: ignore[misc]  # the library has no types
    """`forgery` marks and checks every form of the console, so that none can forget it."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = False


class LoginForm(Form):
    username = StringField(Said(_("User name")), render_kw={"autocomplete": "username"})
    password = PasswordField(Said(_("Password")), render_kw={"autocomplete": "current-password"})
    next = HiddenField()


class CodeForm(Form):
    code = StringField(
        Said(_("Code of your app, or a recovery code")), render_kw={"autocomplete": "one-time-code"}
    )


class FirstCodeForm(Form):
    code = StringField(Said(_("Code of your app")), render_kw={"autocomplete": "one-time-code"})


class PasswordForm(Form):
    present = PasswordField(
        Said(_("Present password")), render_kw={"autocomplete": "current-password"}
    )
    password = PasswordField(Said(_("New password")), render_kw={"autocomplete": "new-password"})
    again = PasswordField(
        Said(_("New password once more")), render_kw={"autocomplete": "new-password"}
    )


class NewPasswordForm(Form):
    password = PasswordField(Said(_("New password")), render_kw={"autocomplete": "new-password"})
    again = PasswordField(
        Said(_("New password once more")), render_kw={"autocomplete": "new-password"}
    )


class TokenForm(Form):
    label = StringField(Said(_("What it is for")))
    until = DateField(Said(_("Ends with this day (90 days from now, if empty)")))
    only = SelectMultipleField(Said(_("Only for")), validate_choice=False)


class ReasonForm(Form):
    reason = StringField(Said(_("Reason")))


class DecideForm(Form):
    """About several proposals: by their `numbers`, or `every` one of a `kind` beyond `after`."""

    act = HiddenField()
    numbers = SelectMultipleField(validate_choice=False)
    kind = HiddenField()
    every = HiddenField()
    after = HiddenField()
    by = DateField(Said(_("Last day of leavers (as the list says, or today, if empty)")))
    reason = StringField(Said(_("Reason")))
    sure = HiddenField()


class AllowForm(Form):
    allow_leavers = IntegerField(Said(_("So many may leave by this list")), [Optional()])


class NicknameForm(Form):
    nickname = StringField(Said(_("Another nickname (empty: the one that is proposed)")))


class NothingForm(Form):
    """Where a click is all that is asked."""


class GrantForm(Form):
    role = SelectField(Said(_("Role")), choices=lambda: [(each, label(each)) for each in Role])
    department = StringField(Said(_("Department code (managers need one, supervisors may)")))
    until = DateField(Said(_("Ends with this day (stays, if empty)")))
    reason = StringField(Said(_("Reason")))
    sure = HiddenField()


SHOWABLE: Final = (CredentialKind.DEVICE_PIN, CredentialKind.ACCOUNT_PASSWORD)


class AskForm(Form):
    kind = SelectField(Said(_("What")), choices=lambda: [(each, label(each)) for each in SHOWABLE])
    subject = StringField(Said(_("Tag of the phone, or handle of the account")))
    reason = StringField(Said(_("Reason")))
    ticket = StringField(Said(_("Case or ticket")))
    pending = BooleanField(Said(_("The new value of a change that is under way")))


COUNTABLE: Final = ("in_stock", "issued", "returning", "accepted", "in_repair")
CHANGEABLE: Final = (
    CredentialKind.DEVICE_PIN,
    CredentialKind.ACCOUNT_PASSWORD,
    CredentialKind.SIM_PIN,
)


class ChangeForm(Form):
    kind = SelectField(
        Said(_("What")), choices=lambda: [(each, label(each)) for each in CHANGEABLE]
    )
    subject = StringField(Said(_("Tag of the phone, handle of the account, number of the SIM")))
    reason = StringField(Said(_("Reason")))


class AppointForm(Form):
    station = StringField(Said(_("Station")))
    at = DateTimeLocalField(Said(_("Day and time")))


class AcceptForm(Form):
    witness = StringField(Said(_("Who was there when it was taken back (may be empty)")))
    quarantine_days = IntegerField(Said(_("Days for which it is kept as it is (empty: as set)")))


class SeenForm(Form):
    note = StringField(Said(_("What you have seen")))


ACCOUNTS: Final = ("", *AccountKind)


class ApplyForm(Form):
    holder = StringField(Said(_("Employee number of whom it is for")))
    kit = SelectField(Said(_("Kit")))
    phone = BooleanField(Said(_("A phone")))
    sim = BooleanField(Said(_("A SIM")))
    account = SelectField(
        Said(_("An account")), choices=lambda: [(each, label(each) or "—") for each in ACCOUNTS]
    )
    reason = StringField(Said(_("Reason")))
    until = DateField(Said(_("A loan until this day (for good, if empty)")))
    real_name = StringField(Said(_("Real name (of the register, if empty)")))


class ReserveForm(Form):
    device = StringField(Said(_("Tag of the phone")))
    sim = StringField(Said(_("Number of the SIM")))
    account = StringField(Said(_("Handle of the account")))


class AgreeForm(Form):
    digest = HiddenField()


class LooksForm(Form):
    condition = SelectField(
        Said(_("How the phone looks")),
        choices=lambda: [("", "—"), *((one, one.spoken) for one in Condition)],
    )
    condition_note = StringField(Said(_("What is to be seen on it")))


class HandOutForm(LooksForm):
    registrant_seen = BooleanField(Said(_("I have seen who registered the account first")))


class IssueFormForm(LooksForm):
    replace = BooleanField(Said(_("In the place of one that has signatures already")))


class ExtendForm(Form):
    until = DateField(Said(_("Until")))
    reason = StringField(Said(_("Reason")))


class DecisionForm(Form):
    note = StringField(Said(_("Why")))


class DoneForm(Form):
    note = StringField(Said(_("How, and where it can be seen")))


class OpeningForm(Form):
    backup = StringField(Said(_("Number of the backup")))
    purpose = SelectField(
        Said(_("What for")), choices=lambda: [(each, label(each)) for each in OpeningPurpose]
    )
    reason = StringField(Said(_("Reason")))
    paths = TextAreaField(Said(_("What of it")))


class EscrowForm(Form):
    name = StringField(Said(_("Name")))
    recipient = StringField(Said(_("Public part (age1…)")))
    kept_by = StringField(Said(_("Kept by")))
    kept_with = StringField(Said(_("Kept with")))
    kept_at = StringField(Said(_("Where")))
    reason = StringField(Said(_("Reason")))


class EscrowConfirmForm(Form):
    fingerprint = StringField(Said(_("Fingerprint on the paper")))
    note = StringField(Said(_("Why")))


REPORTABLE: Final = tuple(kind for kind in IncidentKind if kind is not IncidentKind.DRIFT)


class IncidentForm(Form):
    kind = SelectField(
        Said(_("What happened")), choices=lambda: [(each, label(each)) for each in REPORTABLE]
    )
    things = StringField(Said(_("Tags, handles, numbers (empty: the one that is yours)")))
    note = StringField(Said(_("What there is to say (never a password)")))
    sure = HiddenField()


class ViewForm(Form):
    """`asked` is the address of the list without its beginning, `listing` the list's name there."""

    name = StringField(Said(_("Name")))
    shared = BooleanField(Said(_("Show it to everybody")))
    replace = BooleanField(Said(_("Replace my view of this name")))
    listing = HiddenField()
    asked = HiddenField()


class PaperForm(Form):
    kind = SelectField(Said(_("Kind")), choices=lambda: [(each, label(each)) for each in PaperKind])
    subject = StringField(
        Said(_("Of: tag, handle, employee number, or number of an application or a certificate"))
    )
    to = StringField(Said(_("Who takes over (employee number; of a hand-over)")))
    witness = StringField(Said(_("Witness (employee number; of a hand-over)")))
    because = SelectField(
        Said(_("Why (of a hand-over)")),
        choices=lambda: [("", ""), *((each, label(each)) for each in HandOverReason)],
    )
    since = DateField(Said(_("From this day on (of a log)")))
    until = DateField(Said(_("Until this day (of a log)")))
    replace = BooleanField(Said(_("In the place of one that has signatures already")))


class SignForm(Form):
    role = SelectField(Said(_("As")), choices=lambda: [(each, label(each)) for each in PaperRole])
    name = StringField(Said(_("Name of whoever signs before you")))
    identity = StringField(Said(_("How you know who it is (staff card, known in person)")))
    digest = HiddenField()
    drawn = HiddenField()


class ScanForm(Form):
    file = FileField(Said(_("Scan or photograph (PDF, JPEG, PNG)")))
    roles = SelectMultipleField(Said(_("Who signed on it")), validate_choice=False)
    note = StringField(Said(_("Note")))


class PhotoForm(Form):
    file = FileField(Said(_("Photograph (JPEG, PNG)")))
    taken = SelectField(
        Said(_("Taken")),
        choices=lambda: [
            ("", say(_("as its state tells"))),
            *((one, label(one)) for one in PhotoTaken),
        ],
    )
    note = StringField(Said(_("What is to be seen on it")))


NEEDED: Final = {"required": True, "spellcheck": "false"}
TYPED: Final = {"spellcheck": "false"}


class CaseForm(Form):
    """What every case is opened by; `sure` once its plan was read."""

    by = DateField(Said(_("Last day")), render_kw={"required": True})
    sure = HiddenField()


class LeavingForm(CaseForm):
    employee = StringField(Said(_("Employee number")), render_kw=NEEDED)
    successor = StringField(Said(_("Who takes over (employee number)")), render_kw=TYPED)


class TransferForm(CaseForm):
    employee = StringField(Said(_("Employee number")), render_kw=NEEDED)
    to = StringField(Said(_("To which department (its code)")), render_kw=NEEDED)
    successor = StringField(
        Said(_("Who takes over what stays behind (employee number)")), render_kw=TYPED
    )
    swap = BooleanField(Said(_("The phone stays too, and another takes its place")))


class SwapForm(CaseForm):
    device = StringField(Said(_("Tag of the phone that goes")), render_kw=NEEDED)
    replacement = StringField(
        Said(_("Tag of the phone that comes (any in stock, if empty)")), render_kw=TYPED
    )
    reason = StringField(Said(_("Reason")), render_kw={"required": True})


class LossForm(CaseForm):
    incident = StringField(Said(_("Number of the incident")), render_kw=NEEDED)


class JoiningForm(CaseForm):
    employee = StringField(Said(_("Employee number")), render_kw=NEEDED)
    phone = BooleanField(Said(_("A phone")), default=True)
    sim = BooleanField(Said(_("A SIM")), default=True)
    accounts = SelectMultipleField(
        Said(_("Accounts")),
        choices=lambda: [(each, label(each)) for each in AccountKind],
        default=[AccountKind.WECHAT],
        validate_choice=False,
    )


class ReassignmentForm(CaseForm):
    account = StringField(Said(_("Handle of the account")), render_kw=NEEDED)
    to = StringField(Said(_("Who takes over (employee number)")), render_kw=NEEDED)
    witness = StringField(
        Said(_("Witness (employee number; the head of who takes over, if empty)")),
        render_kw=TYPED,
    )
    registrant_seen = BooleanField(Said(_("I have seen who registered the account first")))


class SuccessorForm(Form):
    successor = StringField(Said(_("Who takes over (employee number)")))


class LeaversForm(Form):
    """`seen` is the digest of what was looked at before it is opened."""

    file = FileField(Said(_("Spreadsheet (.xlsx or CSV)")))
    text = TextAreaField(Said(_("Or typed here, one a line")), render_kw={**TYPED, "rows": 8})
    by = DateField(Said(_("Last day of those whose line names none")))
    each = BooleanField(Said(_("Open those that can be, and name the others")))
    seen = HiddenField()


class NoteForm(Form):
    text = StringField(Said(_("What there is to say (never a password)")))


class StocktakeForm(Form):
    departments = StringField(Said(_("Departments (codes; everywhere, if empty)")))
    stations = StringField(Said(_("Last seen at these stations (anywhere, if empty)")))
    state = SelectField(
        Said(_("State")),
        choices=lambda: [("", label("any")), *((one, label(one)) for one in COUNTABLE)],
    )
    sims = BooleanField(Said(_("SIMs as well")))
    sample = IntegerField(Said(_("Sample (everything, if empty)")), [Optional()])
    note = StringField(Said(_("What it is for")))
    sure = HiddenField()


class CountForm(Form):
    names = TextAreaField(Said(_("Tags, serial numbers, IMEIs or numbers, one a line")))
    scanned = BooleanField(Said(_("Labels were scanned")))
    note = StringField(Said(_("Note")))


class DifferenceForm(Form):
    name = StringField(Said(_("Thing")))
    resolution = SelectField(
        Said(_("What became of it")), choices=lambda: [(each, label(each)) for each in BY_HAND]
    )
    note = StringField(Said(_("How you know")))


def parsed(kind: type[Contract], form: Form, /, **more: object) -> Contract:
    """Return what a form says as the contract's own message; what is wrong is said at the field."""
    _require_readable(form)
    told = {name: field.data for name, field in form._fields.items() if name in kind.model_fields}
    given = {name: value for name, value in {**told, **more}.items() if value not in ("", None, [])}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        for name, sentences in fields_of(error).items():
            mark(form, name.partition(".")[0], *sentences)
        raise FormNotRight from None


def _require_readable(form: Form) -> None:
    """Refuse what is no day and no number: it would be taken for an empty field otherwise."""
    wrong = [one for one in form if one.process_errors and any(map(str.strip, one.raw_data or ()))]
    for one in wrong:
        mark(form, one.name, say(_("This cannot be read.")))
    if wrong:
        raise FormNotRight


def mark(form: Form, name: str, *sentences: str) -> None:
    """Say at a field what is wrong with it."""
    if name in form:
        form[name].errors = [*form[name].errors, *sentences]


def queried(kind: type[Contract], given: "MultiDict[str, str]", **more: object) -> Contract:
    """Return what the address of a list asks; a field that was left empty asks nothing."""
    known = {name: value for name, value in given.items() if value and name in kind.model_fields}
    try:
        return kind.model_validate({**known, **more})
    except ValidationError as error:
        raise RequestInvalid(where="query", fields=fields_of(error)) from None


def answered(template: str, form: Form, do: Callable[[], Response | str], **shown: Any) -> Response:
    """Do what a form asks; a refusal is said above the form, which keeps what was typed.

    By then the transaction may be spent: what was begun is taken back before the page is made.
    """
    try:
        return make_response(do())
    except FleetError as refusal:
        undo()
        again = page(template, form=form, refusal=refusal, **shown)
        return make_response(again, status_of(refusal))
