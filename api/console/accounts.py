"""Work accounts on pages: which there are, and of one what belongs to it; never a password."""

from typing import Any

from flask import url_for

from api.console import entry, links, listing, moves
from api.console.blueprint import bp
from api.console.entry_forms import AccountForm, EntryForm
from api.console.forms import parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.accounts.lifecycle import State
from fleet.accounts.models import Account
from fleet.accounts.queries import account as account_of
from fleet.accounts.queries import held_still
from fleet.accounts.services import add_account, correct_account
from fleet.contracts.accounts import (
    AccountEdit,
    AccountIn,
    AccountKind,
    AccountOut,
    AccountQuery,
    RegistrantStanding,
    YesNo,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _
from fleet.custody import register
from fleet.custody.queries import history
from fleet.people.models import Department
from fleet.people.queries import department
from fleet.reports.readers import account_on
from fleet.sims.numbers import require_not_gone


def _rows(query: AccountQuery) -> listing.Rows:
    return register.accounts(current_session(), query, actor=current_actor())


def _address(one: AccountOut) -> str:
    return url_for("console.account", handle=f"{one.kind.value}:{one.handle}")


listing.add(
    Listing(
        name="accounts",
        title=_("Accounts"),
        search=_("Handle, nickname, number or registrant"),
        query=AccountQuery,
        permission=Permission.ACCOUNTS_READ,
        rows=_rows,
        sort="handle",
        scoped=True,
        to=_address,
        new=("console.new_account", _("Add an account")),
        columns=(
            Column(_("Handle"), lambda one: one.handle, sort="handle"),
            Column(_("Kind"), lambda one: one.kind, sort="kind"),
            Column(_("Nickname"), lambda one: one.nickname, wrap=True),
            Column(_("State"), lambda one: one.state, sort="state", badge=True),
            Column(
                _("Holder"),
                lambda one: one.holder and one.holder.name,
                to=lambda one: links.person(one.holder),
            ),
            Column(
                _("Department"),
                lambda one: one.department,
                to=lambda one: links.department(one.department),
            ),
            Column(_("Phone"), lambda one: one.device, to=lambda one: links.phone(one.device)),
            Column(_("Bound number"), lambda one: one.number),
            Column(_("Contacts outside"), lambda one: one.contacts, sort="contacts"),
            Column(_("Password"), lambda one: one.password, badge=True),
            Column(_("Password due"), lambda one: one.password_due_at),
        ),
        filters=(
            Filter("kind", _("Kind"), listing.among(AccountKind)),
            Filter("state", _("State"), listing.among(State)),
            Filter("holder", _("Holder (number)")),
            Filter("department", _("Department (code)")),
            Filter("registrant_standing", _("Registrant"), listing.among(RegistrantStanding)),
            Filter("real_name", _("Real name certified"), listing.among(YesNo)),
            Filter("card_bound", _("Bank card bound"), listing.among(YesNo)),
        ),
    )
)


@bp.get("/accounts/<handle>")
@asks(Permission.ACCOUNTS_READ, scoped=True)
def account(handle: str) -> str:
    """Show an account: who has it, whether its password is known, and what belongs to it."""
    session, actor = current_session(), current_actor()
    found = register.account_within(session, handle, Permission.ACCOUNTS_READ, actor=actor)
    (one,) = register.shown_accounts(session, [found])
    ways = moves.possible("account", f"{one.kind.value}:{one.handle}", one.state)
    return page("account.html", one=one, **_over_time(found), beside=_beside(one), moves=ways)


def _over_time(found: Account) -> dict[str, Any]:
    """Return who held it, who could read it, and since when its password is known."""
    session, actor = current_session(), current_actor()
    if not actor.may(Permission.CUSTODY_READ):
        return {}
    return {
        "spans": history(session, found, actor=actor),
        "over_time": account_on(session, found, actor=actor),
    }


def _beside(one: AccountOut) -> list[listing.Part]:
    return listing.parts(
        listing.part("deviations", q=one.handle),
        listing.part("requests", subject=one.handle),
    )


def _told(one: Account) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in AccountEdit.model_fields if name != "department"}
    return {**said, "department": one.department.code if one.department else None}


def _place(form: EntryForm) -> Department | None:
    return entry.found(form, "department", lambda code: department(current_session(), code))


def _enter(form: EntryForm) -> str:
    said = {**dict(parsed(AccountIn, form)), "department": _place(form)}
    added = add_account(current_session(), **said, actor=current_actor())
    return f"{added.kind.value}:{added.handle}"


def _correct(one: Account, changes: dict[str, Any], form: EntryForm) -> None:
    session = current_session()
    require_not_gone(session, changes.get("number"))
    if "department" in changes:
        changes["department"] = _place(form)
    correct_account(session, one, changes, actor=current_actor())


entry.add(
    entry.Entry(
        noun="account",
        at="accounts",
        name="handle",
        titles=(_("Add an account"), _("Edit {name}")),
        permission=Permission.ACCOUNTS_WRITE,
        form=AccountForm,
        edit=AccountEdit,
        identity=("kind", "handle"),
        needed=("handle",),
        find=lambda handle: account_of(current_session(), handle),
        hold=lambda one: held_still(current_session(), one),
        told=_told,
        add=_enter,
        correct=_correct,
    )
)
