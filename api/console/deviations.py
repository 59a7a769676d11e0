"""Accounts that are named otherwise than their rules say, on pages."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import links, listing
from api.console.blueprint import bp
from api.console.forms import NicknameForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.accounts import AccountKind
from fleet.contracts.labels import label
from fleet.contracts.naming import AgreeIn, DeviationOut, DeviationQuery, DeviationState
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.naming import queries as naming
from fleet.naming import services as agreeing
from fleet.naming.models import Deviation


def _deviations(query: DeviationQuery) -> listing.Rows:
    return naming.deviations(current_session(), query, actor=current_actor())


def _to_deviation(one: DeviationOut) -> str:
    return url_for("console.deviation", number=one.number)


listing.add(
    Listing(
        name="deviations",
        title=_("Accounts named otherwise than their rules say"),
        search=_("Number, handle or nickname"),
        query=DeviationQuery,
        permission=Permission.ACCOUNTS_READ,
        rows=_deviations,
        sort="due_at",
        scoped=True,
        to=_to_deviation,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(
                _("Account"), lambda one: one.account, to=lambda one: links.account(one.account)
            ),
            Column(
                _("Holder"),
                lambda one: one.holder and one.holder.name,
                to=lambda one: links.person(one.holder),
            ),
            Column(_("Nickname"), lambda one: one.nickname),
            Column(_("What deviates"), lambda one: [label(fault) for fault in one.faults]),
            Column(_("Is to be"), lambda one: one.wanted or one.proposed),
            Column(_("State"), lambda one: "overdue" if one.overdue else one.state, badge=True),
            Column(_("Due"), lambda one: one.due_at, sort="due_at"),
        ),
        filters=(
            Filter("state", _("State"), listing.among(DeviationState)),
            Filter("kind", _("Kind"), listing.among(AccountKind)),
            Filter("overdue", _("Overdue"), listing.FLAG),
        ),
    )
)


@bp.get("/deviations/<number>")
@asks(Permission.ACCOUNTS_READ, scoped=True)
def deviation(number: str) -> str:
    """Show a deviation, and what the one who looks can do about it."""
    return page("deviation.html", form=NicknameForm(), one=_shown(_deviation(number)))


@bp.post("/deviations/<number>/accept")
@asks(Permission.ACCOUNTS_WRITE)
def agree_on_name(number: str) -> Response:
    """Settle what an account is to be called."""
    form = NicknameForm()

    def do(found: Deviation) -> str:
        nickname = parsed(AgreeIn, form).nickname
        agreeing.agree(current_session(), found, nickname, actor=current_actor())
        return say(_("{account} is to be called {nickname}."), **_names(found))

    return _done(number, form, do)


@bp.post("/deviations/<number>/done")
@asks(Permission.ACCOUNTS_WRITE)
def note_name_set(number: str) -> Response:
    """Note that somebody says the nickname was set; a picture of it comes by the command line."""

    def do(found: Deviation) -> str:
        agreeing.note_set(current_session(), found, picture=None, actor=current_actor())
        return say(_("{account} is called {nickname} ({level})."), **_names(found))

    return _done(number, NicknameForm(formdata=None), do)


def _names(found: Deviation) -> dict[str, str | None]:
    level = label(found.level.value) if found.level else None
    return {"account": found.account.handle, "nickname": found.wanted, "level": level}


def _done(number: str, form: NicknameForm, do: Callable[[Deviation], str]) -> Response:
    found = _deviation(number)

    def told() -> Response:
        flash(do(found))
        return redirect(url_for("console.deviation", number=number), code=303)

    return answered("deviation.html", form, told, one=_shown(found))


def _deviation(number: str) -> Deviation:
    return naming.deviation(current_session(), number, actor=current_actor())


def _shown(found: Deviation) -> DeviationOut:
    [shown] = naming.shown(current_session(), [found])
    return shown
