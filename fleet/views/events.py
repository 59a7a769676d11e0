"""What happens to saved views."""

from dataclasses import dataclass

from fleet.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class ViewSaved(Event):
    name = "view.saved"
    list: str
    shared: bool


@dataclass(frozen=True, kw_only=True)
class ViewShared(Event):
    name = "view.shared"
    shared: bool


@dataclass(frozen=True, kw_only=True)
class ViewRemoved(Event):
    name = "view.removed"
    list: str
