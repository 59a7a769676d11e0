"""What every page has around it: who is there, where he may go, and the words."""

from datetime import datetime
from typing import Any, Final

from flask import Flask, g, render_template, request
from markupsafe import Markup

from api.console import addresses, forgery, links
from api.identity import may_ask
from fleet.contracts.labels import label
from fleet.contracts.words import _, language, say

# By what they are about; the first ones stand in every page's head, the others behind their word.
ROOMS: Final = (
    (
        "",
        (
            ("console.today", _("Today")),
            ("console.tasks_page", _("Tasks")),
        ),
    ),
    (
        _("Registers"),
        (
            ("console.phones", _("Phones")),
            ("console.sims", _("SIM cards")),
            ("console.accounts", _("Accounts")),
            ("console.employees", _("Employees")),
            ("console.departments", _("Departments")),
            ("console.partners", _("Partners")),
            ("console.accessories", _("Accessories")),
            ("console.deviations", _("Names")),
            ("console.proposals", _("Proposals")),
            ("console.registers", _("Spreadsheets")),
            ("console.bin", _("Recycle bin")),
        ),
    ),
    (
        _("Work"),
        (
            ("console.cases", _("Cases")),
            ("console.applications", _("Applications")),
            ("console.loans", _("Loans")),
            ("console.requests", _("Changes")),
            ("console.disclosures", _("Values")),
            ("console.rotations", _("At stations")),
            ("console.returns", _("Returns")),
            ("console.waivers", _("Waivers")),
            ("console.certificates", _("Certificates")),
            ("console.papers", _("Papers")),
            ("console.photos", _("Photographs")),
        ),
    ),
    (
        _("Order"),
        (
            ("console.incidents", _("Incidents")),
            ("console.findings", _("Findings")),
            ("console.remedies", _("Remedies")),
            ("console.stocktakes", _("Stock-takes")),
            ("console.violations", _("Violations")),
        ),
    ),
    (
        _("Backups"),
        (
            ("console.backups", _("Backups")),
            ("console.openings", _("Openings")),
            ("console.escrow_keys", _("Backup keys")),
        ),
    ),
    (
        _("System"),
        (
            ("console.stations", _("Stations")),
            ("console.trail", _("Audit trail")),
            ("console.views", _("Views")),
            ("console.users", _("Users")),
        ),
    ),
)
NOTHING: Final = "—"


def page(template: str, **shown: Any) -> str:
    return render_template(template, **shown)


def commands(text: str) -> Markup:
    """Return a sentence whose `commands` stand out as something to type."""
    parts = (Markup("<code>{}</code>" if n % 2 else "{}").format(part)  # noqa: S704
             for n, part in enumerate(text.split("`")))  # fmt: skip
    return Markup("").join(parts)


def register(app: Flask) -> None:
    app.context_processor(_words)
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["commands"] = commands
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _words() -> dict[str, Any]:
    actor = g.get("actor")
    return {
        "actor": actor,
        "form_mark": forgery.mark,
        "here": addresses.here,
        "label": label,
        "links": links,
        "language": "zh-CN" if language() == "zh_CN" else "en",
        "may": may_ask,
        "nothing": NOTHING,
        "rooms": _rooms() if actor else [],
        "say": say,
        "sorted_by": addresses.sorted_by,
        "sorting": addresses.sorting,
        "this_address": addresses.asked_for(),
        "where": request.endpoint,
    }


def _rooms() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the rooms that whoever looks may enter, by their groups."""
    open_ones = [
        (title, [(to, say(name)) for to, name in rooms if may_ask(to)]) for title, rooms in ROOMS
    ]
    return [(say(title) if title else "", rooms) for title, rooms in open_ones if rooms]


def moment(at: datetime | None) -> Markup | str:
    """Return a moment as the clock of the server's place shows it."""
    if at is None:
        return NOTHING
    here = at.astimezone()
    return Markup('<time datetime="{}">{}</time>').format(
        here.isoformat(timespec="seconds"), f"{here:%Y-%m-%d %H:%M}"
    )
