"""What the entries of the registers say, as forms: to enter one, and to correct it."""

from typing import Any, Final

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)

from api.console.forms import Form, Said
from fleet.contracts.accounts import AccountKind, RegistrantStanding
from fleet.contracts.labels import label
from fleet.contracts.sims import OwnerKind
from fleet.contracts.words import _

CODES: Final = {"list": "departments"}  # what the browser offers while one types


class YesNoField(SelectField):  # type: ignore[misc]  # the library has no types
    """Yes, no, or nobody knows."""

    def __init__(self, title: Said, **given: Any) -> None:
        super().__init__(title, choices=_answers, **given)

    def process_data(self, value: bool | None) -> None:  # noqa: FBT001 — the answer itself
        self.data = "" if value is None else str(value).lower()


def _answers() -> list[tuple[str, str]]:
    return [("", label("unknown")), ("true", label("yes")), ("false", label("no"))]


class EntryForm(Form):
    """`seen` tells what the entry said when the form was shown."""

    seen = HiddenField()


class PhoneForm(EntryForm):
    serial = StringField(Said(_("Serial number")))
    tag = StringField(Said(_("Tag (the next free one, if empty)")))
    imei = StringField(Said(_("IMEI (two with a blank between)")))
    brand = StringField(Said(_("Maker")))
    model = StringField(Said(_("Model number")))
    market_name = StringField(Said(_("The name it is sold under")))
    colour = StringField(Said(_("Colour, and how much it stores")))
    condition = StringField(Said(_("How new it is")))
    purpose = StringField(Said(_("Purpose")))
    owner = StringField(Said(_("Who answers for it (employee number)")))
    shared = BooleanField(Said(_("Several use it; its holder is the main user")))
    bought_on = DateField(Said(_("Bought on")))
    warranty_until = DateField(Said(_("Warranty until")))
    note = TextAreaField(Said(_("Note")))


class SimForm(EntryForm):
    number = StringField(Said(_("Phone number")), render_kw={"inputmode": "tel"})
    iccid = StringField(Said(_("ICCID, as it is printed on the card")))
    carrier = StringField(Said(_("Carrier")))
    registered_owner = StringField(Said(_("In whose name it is registered")))
    owner_kind = SelectField(
        Said(_("Registered to")),
        choices=lambda: [("", "—"), *((one, label(one)) for one in OwnerKind)],
    )
    actual_user = StringField(Said(_("Who uses it, where that is not its holder")))
    plan = StringField(Said(_("Plan")))
    opened_on = DateField(Said(_("Number opened on")))
    note = TextAreaField(Said(_("Note")))


class AccountForm(EntryForm):
    kind = SelectField(Said(_("Kind")), choices=lambda: [(one, label(one)) for one in AccountKind])
    handle = StringField(Said(_("Handle")))
    nickname = StringField(Said(_("Nickname")))
    department = StringField(Said(_("Department (code)")), render_kw=CODES)
    number = StringField(Said(_("Bound number")), render_kw={"inputmode": "tel"})
    contact = StringField(Said(_("Bound QQ or e-mail")))
    real_name = YesNoField(Said(_("Real name certified")))
    card_bound = YesNoField(Said(_("Bank card bound")))
    contacts = IntegerField(Said(_("Contacts outside of the company")))
    contacts_on = DateField(Said(_("Counted on (today, if empty)")))
    registrant = StringField(Said(_("First registered by")))
    registrant_standing = SelectField(
        Said(_("What the registrant is to the company")),
        choices=lambda: [("", "—"), *((one, label(one)) for one in RegistrantStanding)],
    )
    administrators = StringField(Said(_("Administrators (of an official account)")))
    opened_on = DateField(Said(_("In use since")))
    note = TextAreaField(Said(_("Note")))


class EmployeeForm(EntryForm):
    number = StringField(Said(_("Employee number")))
    name = StringField(Said(_("Name")))
    department = StringField(Said(_("Department (code)")), render_kw=CODES)
    position = StringField(Said(_("Position")))
    since = DateField(Said(_("First day of another department or position (today, if empty)")))
    joined_on = DateField(Said(_("Joined on")))


class PostForm(Form):
    """A post beside the main one."""

    department = StringField(Said(_("Department (code)")), render_kw=CODES)
    title = StringField(Said(_("Title")))
    since = DateField(Said(_("First day (today, if empty)")))
    until = DateField(Said(_("Last day, where it is known")))


class PostActForm(Form):
    """About one that somebody has; `day` is its last one, or the first one as the main post."""

    department = HiddenField()
    title = HiddenField()
    day = DateField(Said(_("Day (today, if empty)")))


class HeadForm(Form):
    head = StringField(Said(_("Employee number")))
    reason = StringField(Said(_("Reason")))
    change = BooleanField(Said(_("PINs and passwords of the department's people become due")))
    sure = HiddenField()


class DepartmentForm(EntryForm):
    code = StringField(Said(_("Code")))
    name = StringField(Said(_("Name")))
    parent = StringField(Said(_("Department above it (code)")), render_kw=CODES)
    head = StringField(Said(_("Head (employee number)")))
    responsible = StringField(Said(_("First responsible (employee number)")))


class PartnerForm(EntryForm):
    name = StringField(Said(_("Name")))
    contact = StringField(Said(_("Contact")))
    number = StringField(Said(_("Telephone")), render_kw={"inputmode": "tel"})
    department = StringField(Said(_("Department that deals with it (code)")), render_kw=CODES)
