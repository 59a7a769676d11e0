"""Saving, sharing and removing views; each is its owner's, and the list itself says who sees it."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor, ActorKind
from fleet.access.models import User
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.fields import fields_of
from fleet.contracts.views import LISTS, NOT_OF_A_VIEW, ViewIn
from fleet.database import write
from fleet.views.errors import (
    ListUnknown,
    ViewNameTaken,
    ViewOfAnother,
    ViewQueryWrong,
    ViewsOfPeople,
)
from fleet.views.events import ViewRemoved, ViewSaved, ViewShared
from fleet.views.models import SavedView
from fleet.views.queries import view


def save_view(session: Session, given: ViewIn, *, actor: Actor) -> SavedView:
    """Save what is asked of a list, as the list itself understands it."""
    if actor.kind is not ActorKind.USER:
        raise ViewsOfPeople
    asked = checked(given.list, given.query)
    mine = SavedView.owner_id == actor.id, SavedView.name == given.name
    saved = session.scalar(select(SavedView).where(*mine))
    if saved is not None and not given.replace:
        raise ViewNameTaken
    if saved is None:
        owner = session.scalar(select(User.username).where(User.id == actor.id)) or actor.name
        saved = SavedView(name=given.name, owner_id=actor.id, owner=owner)
        session.add(saved)
    saved.list, saved.query, saved.shared = given.list, asked, given.shared
    saved.saved_at = now()
    write(session)
    told = ViewSaved(
        subject_id=saved.id, subject_name=saved.name, list=saved.list, shared=saved.shared
    )
    record(session, actor, told)
    return saved


def share_view(session: Session, name: str, *, shared: bool, actor: Actor) -> SavedView:
    """Show a view of one's own to everybody, or to nobody else any more."""
    found = _own(session, name, actor)
    if found.shared is not shared:
        found.shared = shared
        told = ViewShared(subject_id=found.id, subject_name=found.name, shared=shared)
        record(session, actor, told)
        write(session)
    return found


def remove_view(session: Session, name: str, *, actor: Actor) -> SavedView:
    found = _own(session, name, actor)
    session.delete(found)
    gone = ViewRemoved(subject_id=found.id, subject_name=found.name, list=found.list)
    record(session, actor, gone)
    write(session)
    return found


def checked(name: str, query: dict[str, Any]) -> dict[str, Any]:
    """Return what is asked of a list in its own words, without what nobody asked."""
    if name not in LISTS:
        raise ListUnknown(name=name, known=", ".join(LISTS))
    try:
        asked = LISTS[name].query.model_validate(query)
    except ValidationError as error:
        wrong = fields_of(error)
        raise ViewQueryWrong(name=name, fields=wrong, names=", ".join(wrong)) from None
    return asked.model_dump(mode="json", exclude_defaults=True, exclude=NOT_OF_A_VIEW)


def _own(session: Session, name: str, actor: Actor) -> SavedView:
    found = view(session, name, actor=actor)
    if found.owner_id != actor.id:
        raise ViewOfAnother(view=found.name, owner=found.owner)
    return found
