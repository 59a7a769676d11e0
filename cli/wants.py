"""What somebody is to be given, as it is said at the command line and shown there."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from cli.labels import label
from cli.speaking import option
from fleet.contracts.accounts import AccountKind
from fleet.contracts.applications import PhoneWish, SimWish, Wants
from fleet.contracts.words import _, say

KINDS: Final = click.Choice([kind.value for kind in AccountKind])
OPTIONS: Final = (
    option("--phone", is_flag=True, help=_("A phone; --brand and --model narrow which.")),
    option("--brand", "brands", multiple=True, metavar="NAME", help=_("Of this maker.")),
    option("--model", "models", multiple=True, metavar="NAME", help=_("Of this model.")),
    option("--sim", is_flag=True, help=_("A SIM; --carrier and --plan narrow which.")),
    option("--carrier", "carriers", multiple=True, metavar="NAME", help=_("Of this carrier.")),
    option("--plan", metavar="NAME", help=_("With this plan of the carrier's.")),
    option("--account", type=KINDS, help=_("An account of this kind.")),
    option(
        "--accessory",
        "accessories",
        multiple=True,
        metavar="WORD",
        help=_("Something that goes along, like a charger."),
    ),
)


def wants_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is wanted."""
    for each in reversed(OPTIONS):
        command = each(command)
    return command


def wants_of(
    *,
    phone: bool,
    brands: Sequence[str],
    models: Sequence[str],
    sim: bool,
    carriers: Sequence[str],
    plan: str | None,
    account: str | None,
    accessories: Sequence[str],
) -> Wants | None:
    """Return what the options say; None where they say nothing."""
    wished = phone or brands or models
    card = sim or carriers or plan
    if not (wished or card or account or accessories):
        return None
    return Wants(
        phone=PhoneWish(brands=[*brands], models=[*models]) if wished else None,
        sim=SimWish(carriers=[*carriers], plan=plan) if card else None,
        account=AccountKind(account) if account else None,
        accessories=[*accessories],
    )


def wants_said(wants: Wants) -> str:
    """Return what is wanted, in one line."""
    parts = []
    if wants.phone is not None:
        parts.append(_narrowed(say("phone"), [*wants.phone.brands, *wants.phone.models]))
    if wants.sim is not None:
        parts.append(_narrowed(say("SIM"), [*wants.sim.carriers, *filter(None, [wants.sim.plan])]))
    if wants.account is not None:
        parts.append(say("account: {kind}", kind=label(wants.account)))
    return " + ".join([*parts, *wants.accessories])


def _narrowed(what: str, words: Sequence[str]) -> str:
    return f"{what} ({', '.join(words)})" if words else what
