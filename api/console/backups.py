"""Backups: how far each can be believed, and whether one goes on."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.console import links, listing
from api.console.blueprint import bp
from api.console.forms import NothingForm, answered
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.access.actor import Actor
from fleet.backups import flow, queries
from fleet.backups.models import Backup
from fleet.contracts.backups import BackupOut, BackupQuery, BackupState
from fleet.contracts.keeping import Purpose
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.keeping.drills import due_at
from fleet.stations.queries import shown_job


def _rows(query: BackupQuery) -> listing.Rows:
    rows, mark = queries.backups(current_session(), query, actor=current_actor())
    return [queries.shown(row) for row in rows], mark


def _address(one: BackupOut) -> str:
    return url_for("console.backup", reference=one.number)


listing.add(
    Listing(
        name="backups",
        title=_("Backups"),
        search=_("Number or tag"),
        query=BackupQuery,
        permission=Permission.BACKUPS_READ,
        rows=_rows,
        sort="-planned_at",
        to=_address,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Phone"), lambda one: one.device, to=lambda one: links.phone(one.device)),
            Column(
                _("Holder"),
                lambda one: one.holder and one.holder.name,
                to=lambda one: links.person(one.holder),
            ),
            Column(_("What for"), lambda one: one.purpose),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Level"), lambda one: one.level),
            Column(_("Assurance"), lambda one: one.assurance),
            Column(_("Files"), lambda one: one.files),
            Column(_("Not stored"), lambda one: one.missing),
            Column(_("Planned"), lambda one: one.planned_at, sort="planned_at"),
            Column(_("Ended"), lambda one: one.ended_at, sort="ended_at"),
        ),
        filters=(
            Filter("state", _("State"), listing.among(BackupState)),
            Filter("purpose", _("What for"), listing.among(Purpose)),
        ),
    )
)


@bp.get("/backups/<reference>")
@asks(Permission.BACKUPS_READ)
def backup(reference: str) -> str:
    """Show a backup; the page of one under way asks again by itself."""
    return page("backup.html", **_about(_found(reference)))


@bp.post("/backups/<reference>/pause")
@asks(Permission.BACKUPS_PLAN)
def pause_backup(reference: str) -> Response:
    """Have the station stop at the next file."""
    return _asked(reference, flow.pause, _("It stops at the next file; what was made is kept."))


@bp.post("/backups/<reference>/resume")
@asks(Permission.BACKUPS_PLAN)
def resume_backup(reference: str) -> Response:
    """Go on with what was paused."""
    return _asked(reference, flow.resume, _("It goes on where it stopped."))


@bp.get("/backups/<reference>/cancel")
@asks(Permission.BACKUPS_PLAN)
def ask_cancel_backup(reference: str) -> str:
    """Say what giving a backup up means before anything is lost."""
    return page("confirm.html", form=NothingForm(), **_of_cancelling(_found(reference)))


@bp.post("/backups/<reference>/cancel")
@asks(Permission.BACKUPS_PLAN)
def cancel_backup(reference: str) -> Response:
    """Give a backup up."""
    found = _found(reference)

    def do() -> Response:
        flow.cancel(current_session(), tools(), found, actor=current_actor())
        return _to(found, _("{number} is cancelled."))

    return answered("confirm.html", NothingForm(), do, **_of_cancelling(found))


def _asked(reference: str, ask: Callable[..., None], told: str) -> Response:
    found = _found(reference)

    def do() -> Response:
        ask(current_session(), found, actor=current_actor())
        return _to(found, told)

    return answered("backup.html", NothingForm(), do, **_about(found))


def _to(found: Backup, told: str) -> Response:
    flash(say(told, number=found.number))
    return redirect(url_for("console.backup", reference=found.number), code=303)


def _about(found: Backup) -> dict[str, Any]:
    session: Session = current_session()
    job = shown_job(found.job) if found.job is not None and found.is_under_way else None
    return {
        "backup": queries.shown(found),
        "job": job,
        "live": found.is_under_way,
        "drill_due_at": due_at(session, found),
    }


def _of_cancelling(found: Backup) -> dict[str, object]:
    return {
        "title": say(_("Give up the backup {number}?"), number=found.number),
        "tells": [
            say(_("The station removes what it has; what is stored here is over its time then.")),
            say(_("Earlier backups of {tag} stay as they are."), tag=found.device.tag),
        ],
        "button": say(_("Give it up")),
        "back": url_for("console.backup", reference=found.number),
    }


def _found(reference: str) -> Backup:
    actor: Actor = current_actor()
    actor.require(Permission.BACKUPS_READ)
    return queries.backup_of(current_session(), reference)
