"""What people note of a phone, a SIM or an account: to repair, blocked, given up, found again.

Each is asked on a page of its own first, which says what it means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.forms import ReasonForm, answered, parsed
from api.console.surroundings import page
from api.identity import asks, current_actor, may_ask
from api.transaction import current_session
from fleet.accounts import lifecycle as accounts
from fleet.accounts.errors import AccountMoveNotAllowed
from fleet.accounts.queries import account
from fleet.accounts.services import move_account
from fleet.contracts.incidents import MoveIn
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.devices import lifecycle as devices
from fleet.devices.errors import MoveNotAllowed
from fleet.devices.queries import device
from fleet.devices.services import move_device
from fleet.errors import FleetError
from fleet.sims import lifecycle as sims
from fleet.sims.errors import SimMoveNotAllowed
from fleet.sims.queries import sim
from fleet.sims.services import move_sim


@dataclass(frozen=True)
class Way:
    """A move: what its button says, and what it means, both marked."""

    text: str
    means: str


@dataclass(frozen=True)
class Mover:
    """How things of a kind are moved; `moves` says which move leads where from which state."""

    noun: str
    at: str
    name: str  # what addresses call the name, and rows, where people say it
    permission: Permission
    find: Callable[[Session, str], Any]
    move: Callable[..., None]
    kind: type[StrEnum]
    moves: Mapping[Any, StrEnum]
    ways: Mapping[StrEnum, Way]
    refusal: Callable[..., FleetError]


MOVERS: Final = (
    Mover(
        noun="phone",
        at="phones",
        name="tag",
        permission=Permission.DEVICES_WRITE,
        find=device,
        move=move_device,
        kind=devices.Move,
        moves=devices.MOVES,
        refusal=MoveNotAllowed,
        ways={
            devices.Move.UNSTOCK: Way(
                _("It is not empty"),
                _("{name} comes back by its gate: backed up, accepted, then erased."),
            ),
            devices.Move.SEND_TO_REPAIR: Way(
                _("To repair"), _("{name} goes to be repaired; nobody is handed it meanwhile.")
            ),
            devices.Move.REPAIRED: Way(_("Back from repair"), _("{name} is in stock again.")),
            devices.Move.FIND: Way(
                _("It was found"), _("{name} comes back by its gate, as if it were returned.")
            ),
            devices.Move.RETIRE: Way(
                _("Retire it"), _("{name} is used no more, for good; its history stays known.")
            ),
        },
    ),
    Mover(
        noun="sim",
        at="sims",
        name="number",
        permission=Permission.SIMS_WRITE,
        find=sim,
        move=move_sim,
        kind=sims.Move,
        moves=sims.MOVES,
        refusal=SimMoveNotAllowed,
        ways={
            sims.Move.SUSPEND: Way(
                _("Blocked"), _("The carrier was asked to block {name}; its holder keeps it.")
            ),
            sims.Move.RESUME: Way(_("Unblocked"), _("The carrier has unblocked {name}.")),
            sims.Move.GIVE_UP: Way(
                _("To be cancelled"), _("{name} is to be cancelled: nobody is handed it any more.")
            ),
            sims.Move.KEEP: Way(_("Keep it"), _("{name} is not cancelled after all.")),
            sims.Move.CANCEL: Way(
                _("Cancelled"),
                _("The carrier has cancelled {name}, for good; no account may be bound to it."),
            ),
        },
    ),
    Mover(
        noun="account",
        at="accounts",
        name="handle",
        permission=Permission.ACCOUNTS_WRITE,
        find=account,
        move=move_account,
        kind=accounts.Move,
        moves=accounts.MOVES,
        refusal=AccountMoveNotAllowed,
        ways={
            accounts.Move.FREEZE: Way(
                _("Frozen"), _("{name} was frozen in its app: nobody is to use it.")
            ),
            accounts.Move.THAW: Way(
                _("In use again"), _("{name} comes back first, and its password is changed.")
            ),
            accounts.Move.DEREGISTER: Way(
                _("Deregistered"), _("{name} was given up in its app, for good.")
            ),
        },
    ),
)


def possible(noun: str, name: str, state: str) -> list[tuple[str, str]]:
    """Return what can be noted of a thing in a state: where that is asked, and what it says."""
    mover = next(one for one in MOVERS if one.noun == noun)
    if not may_ask(f"console.ask_move_{noun}"):
        return []
    return [
        (_address(mover, name, move), say(way.text))
        for move, way in mover.ways.items()
        if (state, move) in mover.moves
    ]


def _address(mover: Mover, name: str, move: str) -> str:
    values: dict[str, Any] = {mover.name: name, "move": move}
    return url_for(f"console.ask_move_{mover.noun}", **values)


def _add(mover: Mover) -> None:
    def ask(move: str, **named: str) -> str:
        return page("confirm.html", form=ReasonForm(), **_about(mover, named[mover.name], move))

    def note(move: str, **named: str) -> Response:
        return _noted(mover, named[mover.name], move)

    guarded = asks(mover.permission)
    address = f"/{mover.at}/<{mover.name}>/moves/<move>"
    bp.add_url_rule(address, f"ask_move_{mover.noun}", guarded(ask), methods=["GET"])
    bp.add_url_rule(address, f"move_{mover.noun}", guarded(note), methods=["POST"])


for _mover in MOVERS:
    _add(_mover)


def _noted(mover: Mover, name: str, move: str) -> Response:
    form, about = ReasonForm(), _about(mover, name, move)

    def do() -> Response:
        reason, session = parsed(MoveIn, form).reason, current_session()
        found, known = mover.find(session, name), mover.kind(move)
        mover.move(session, found, move=known, reason=reason, actor=current_actor())
        told = {"name": getattr(found, mover.name), "state": label(found.state)}
        flash(say(_("{name}: {state}."), **told))
        return redirect(about["back"], code=303)

    return answered("confirm.html", form, do, **about)


def _about(mover: Mover, name: str, move: str) -> dict[str, Any]:
    """Return what is asked; refused where the thing cannot be moved so."""
    found = mover.find(current_session(), name)
    way = next((way for known, way in mover.ways.items() if known == move), None)
    if way is None or (found.state, move) not in mover.moves:
        raise mover.refusal(move=move, state=found.state.value)
    values: dict[str, Any] = {mover.name: name}
    called = getattr(found, mover.name)
    return {
        "title": f"{called}: {say(way.text)}",
        "tells": [say(way.means, name=called)],
        "button": say(way.text),
        "back": url_for(f"console.{mover.noun}", **values),
    }
