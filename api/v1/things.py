"""The registers: phones, SIMs and work accounts, each with its holder and what is known of it."""

from uuid import UUID

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from api.house import house
from api.identity import asks, current_actor
from api.transaction import current_session, tried
from fleet.accounts import services as accounts
from fleet.accounts.queries import account
from fleet.accounts.queries import held_still as held_account
from fleet.accounts.services import add_account
from fleet.contracts.accounts import (
    AccountEdit,
    AccountIn,
    AccountOut,
    AccountQuery,
    HoldingSpanOut,
)
from fleet.contracts.cases import AccountOnOut, AccountOnQuery
from fleet.contracts.devices import (
    ChangeQuery,
    DeviceChangeOut,
    DeviceDetailOut,
    DeviceEdit,
    DeviceIn,
    DeviceOut,
    DeviceQuery,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.sims import (
    NewCardIn,
    NumberPolicyIn,
    NumberPolicyOut,
    SimEdit,
    SimIn,
    SimOut,
    SimQuery,
)
from fleet.contracts.wire import LookQuery, Page, given
from fleet.custody import numbers, register
from fleet.custody.queries import history
from fleet.database import write
from fleet.devices import services as devices
from fleet.devices.queries import changes, device
from fleet.devices.queries import held_still as held_device
from fleet.devices.services import add_device
from fleet.people.models import Department
from fleet.people.queries import department, employee
from fleet.reports.readers import account_on
from fleet.sims import services as sims
from fleet.sims.numbers import number_policy, require_not_gone, set_number_policy
from fleet.sims.queries import held_still as held_sim
from fleet.sims.queries import sim
from fleet.sims.services import add_sim

bp = APIBlueprint("things", __name__, url_prefix="/api/v1", tag="Registers")


@bp.get("/devices")
@asks(Permission.DEVICES_READ, scoped=True)
@bp.input(DeviceQuery, location="query", arg_name="query")
@bp.output(Page[DeviceOut])
def list_devices(query: DeviceQuery) -> Page[DeviceOut]:
    """List phones."""
    shown, mark = register.devices(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.post("/devices")
@asks(Permission.DEVICES_WRITE)
@bp.input(DeviceIn, arg_name="body")
@bp.output(DeviceOut, status_code=201)
def register_device(body: DeviceIn) -> DeviceOut:
    """Register a phone by hand; stations do it by themselves for phones they see."""
    session = current_session()
    template = house().settings.tag_template
    said = {**dict(body), "owner_id": _owner(session, body.owner)}
    del said["owner"]
    added = add_device(session, **said, tag_template=template, actor=current_actor())
    return register.shown_devices(session, [added])[0]


@bp.post("/devices/<tag>/correct")
@asks(Permission.DEVICES_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(DeviceEdit, arg_name="body")
@bp.output(DeviceOut)
def correct_device(tag: str, look: LookQuery, body: DeviceEdit) -> DeviceOut:
    """Correct what the register says of a phone; fields that are left out stay."""
    with tried(dry_run=look.dry_run) as session:
        phone = held_device(session, device(session, tag))
        said = given(body)
        if "owner" in said:
            said["owner_id"] = _owner(session, body.owner)
        devices.correct_device(session, phone, said, actor=current_actor())
        write(session)
        return register.shown_devices(session, [phone])[0]


def _owner(session: Session, number: str | None) -> UUID | None:
    return employee(session, number).id if number else None


@bp.get("/devices/<tag>")
@asks(Permission.DEVICES_READ, scoped=True)
@bp.output(DeviceDetailOut)
def show_device(tag: str) -> DeviceDetailOut:
    """Show a phone with everything its last visit learned."""
    return register.shown_device(current_session(), tag, actor=current_actor())


@bp.get("/devices/<tag>/history")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.output(Page[HoldingSpanOut])
def device_history(tag: str) -> Page[HoldingSpanOut]:
    """Show who held a phone, the first first."""
    session, actor = current_session(), current_actor()
    phone = register.device_within(session, tag, Permission.CUSTODY_READ, actor=actor)
    return Page(items=history(session, phone, actor=actor))


@bp.get("/devices/<tag>/changes")
@asks(Permission.DEVICES_READ, scoped=True)
@bp.input(ChangeQuery, location="query", arg_name="query")
@bp.output(Page[DeviceChangeOut])
def device_changes(tag: str, query: ChangeQuery) -> Page[DeviceChangeOut]:
    """List what was different at visits to a phone, the newest first."""
    session = current_session()
    phone = register.device_within(session, tag, Permission.DEVICES_READ, actor=current_actor())
    rows, mark = changes(session, phone, query)
    return Page(items=[DeviceChangeOut.model_validate(row) for row in rows], next=mark)


@bp.get("/sims")
@asks(Permission.SIMS_READ, scoped=True)
@bp.input(SimQuery, location="query", arg_name="query")
@bp.output(Page[SimOut])
def list_sims(query: SimQuery) -> Page[SimOut]:
    """List SIMs."""
    shown, mark = register.sims(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.post("/sims")
@asks(Permission.SIMS_WRITE)
@bp.input(SimIn, arg_name="body")
@bp.output(SimOut, status_code=201)
def register_sim(body: SimIn) -> SimOut:
    """Register a SIM."""
    session = current_session()
    added = add_sim(session, **dict(body), actor=current_actor())
    return register.shown_sims(session, [added])[0]


@bp.get("/sims/<number>")
@asks(Permission.SIMS_READ, scoped=True)
@bp.output(SimOut)
def show_sim(number: str) -> SimOut:
    """Show the SIM with a phone number or a card number."""
    session = current_session()
    found = register.sim_within(session, number, actor=current_actor())
    return register.shown_sims(session, [found])[0]


@bp.post("/sims/<number>/correct")
@asks(Permission.SIMS_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(SimEdit, arg_name="body")
@bp.output(SimOut)
def correct_sim(number: str, look: LookQuery, body: SimEdit) -> SimOut:
    """Correct what the register says of a SIM; fields that are left out stay."""
    with tried(dry_run=look.dry_run) as session:
        card = held_sim(session, sim(session, number))
        sims.correct_sim(session, card, given(body), actor=current_actor())
        write(session)
        return register.shown_sims(session, [card])[0]


@bp.post("/sims/<number>/card")
@asks(Permission.SIMS_WRITE)
@bp.input(NewCardIn, arg_name="body")
@bp.output(SimOut)
def replace_card(number: str, body: NewCardIn) -> SimOut:
    """Put a number onto another card; who holds it goes on holding it."""
    session = current_session()
    new = numbers.replace_card(
        session, sim(session, number), iccid=body.iccid, reason=body.reason, actor=current_actor()
    )
    return register.shown_sims(session, [new])[0]


@bp.get("/number-policy")
@asks(Permission.POLICY_READ)
@bp.output(NumberPolicyOut)
def show_number_policy() -> NumberPolicyOut:
    """Show how long a number rests before somebody else gets it."""
    return number_policy(current_session(), actor=current_actor())


@bp.post("/number-policy")
@asks(Permission.POLICY_WRITE)
@bp.input(NumberPolicyIn, arg_name="body")
@bp.output(NumberPolicyOut, status_code=201)
def set_policy_of_numbers(body: NumberPolicyIn) -> NumberPolicyOut:
    """Set how long a number rests that is freed from now on."""
    return NumberPolicyOut.model_validate(
        set_number_policy(current_session(), **dict(body), actor=current_actor())
    )


@bp.get("/accounts")
@asks(Permission.ACCOUNTS_READ, scoped=True)
@bp.input(AccountQuery, location="query", arg_name="query")
@bp.output(Page[AccountOut])
def list_accounts(query: AccountQuery) -> Page[AccountOut]:
    """List work accounts."""
    shown, mark = register.accounts(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.post("/accounts")
@asks(Permission.ACCOUNTS_WRITE)
@bp.input(AccountIn, arg_name="body")
@bp.output(AccountOut, status_code=201)
def register_account(body: AccountIn) -> AccountOut:
    """Register a work account."""
    session = current_session()
    said = {**dict(body), "department": _place(session, body.department)}
    added = add_account(session, **said, actor=current_actor())
    return register.shown_accounts(session, [added])[0]


@bp.post("/accounts/<handle>/correct")
@asks(Permission.ACCOUNTS_WRITE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(AccountEdit, arg_name="body")
@bp.output(AccountOut)
def correct_account(handle: str, look: LookQuery, body: AccountEdit) -> AccountOut:
    """Correct what the register says of an account; fields that are left out stay."""
    with tried(dry_run=look.dry_run) as session:
        found = held_account(session, account(session, handle))
        said = given(body)
        require_not_gone(session, said.get("number"))
        if "department" in said:
            said["department"] = _place(session, body.department)
        accounts.correct_account(session, found, said, actor=current_actor())
        write(session)
        return register.shown_accounts(session, [found])[0]


def _place(session: Session, code: str | None) -> Department | None:
    return department(session, code) if code else None


@bp.get("/accounts/<handle>")
@asks(Permission.ACCOUNTS_READ, scoped=True)
@bp.output(AccountOut)
def show_account(handle: str) -> AccountOut:
    """Show the account with a handle, or "kind:handle" where two kinds share one."""
    session = current_session()
    found = register.account_within(
        session, handle, Permission.ACCOUNTS_READ, actor=current_actor()
    )
    return register.shown_accounts(session, [found])[0]


@bp.get("/accounts/<handle>/readers")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.input(AccountOnQuery, location="query", arg_name="query")
@bp.output(AccountOnOut)
def account_readers(handle: str, query: AccountOnQuery) -> AccountOnOut:
    """Show who could read an account, and whether its password was known: on a day, or all."""
    session, actor = current_session(), current_actor()
    found = register.account_within(session, handle, Permission.CUSTODY_READ, actor=actor)
    return account_on(session, found, on=query.on, actor=actor)


@bp.get("/accounts/<handle>/history")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.output(Page[HoldingSpanOut])
def account_history(handle: str) -> Page[HoldingSpanOut]:
    """Show who held an account, the first first."""
    session, actor = current_session(), current_actor()
    found = register.account_within(session, handle, Permission.CUSTODY_READ, actor=actor)
    return Page(items=history(session, found, actor=actor))
