"""Which terms are in force: the company's document, filled up by each department's downwards."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from fleet.compliance.models import CompliancePolicy
from fleet.contracts.compliance import Terms
from fleet.people.in_force import Place, Tree, order
from fleet.people.models import Department

STANDARD: Final = Terms()


@dataclass(frozen=True)
class Policies(Tree):
    """Every version there is, read once: for as many phones as anybody asks about."""

    versions: Mapping[Place, Sequence[CompliancePolicy]]
    above: Mapping[UUID, Place]
    heads: Mapping[UUID, UUID | None]
    _worked_out: dict[tuple[Place, datetime], Terms] = field(default_factory=dict)

    def version(self, place: Place, at: datetime) -> CompliancePolicy | None:
        """Return the version of this very place that is in force."""
        begun = [one for one in self.versions.get(place, ()) if one.effective_from <= at]
        return begun[-1] if begun else None

    def terms(self, place: Place, at: datetime) -> Terms:
        if (place, at) not in self._worked_out:
            self._worked_out[place, at] = self._terms(place, at)
        return self._worked_out[place, at]

    def _terms(self, place: Place, at: datetime) -> Terms:
        found = (self.version(one, at) for one in reversed(list(self.upwards(place))))
        documents = [one.content for one in found if one is not None]
        return filled_up(documents) if documents else STANDARD

    def head(self, place: Place) -> UUID | None:
        """Return who answers for a place: its head, or the next one above."""
        return next(
            (head for one in self.upwards(place) if one and (head := self.heads[one])), None
        )

    def newest(self, at: datetime) -> datetime | None:
        """Return when something was last changed of what is in force."""
        begun = [one for every in self.versions.values() for one in every]
        moments = (max(one.effective_from, one.set_at) for one in begun)
        return max((moment for moment in moments if moment <= at), default=None)


def policies(session: Session, *, beside: Sequence[CompliancePolicy] = ()) -> Policies:
    """Read all there are, and `beside` them versions that are not stored."""
    versions: defaultdict[Place, list[CompliancePolicy]] = defaultdict(list)
    stored = select(CompliancePolicy).options(joinedload(CompliancePolicy.department))
    for one in (*session.scalars(stored), *beside):
        versions[one.department_id].append(one)
    for found in versions.values():
        found.sort(key=order)
    tree = session.execute(select(Department.id, Department.parent_id, Department.head_id)).all()
    return Policies(
        versions,
        above={row.id: row.parent_id for row in tree},
        heads={row.id: row.head_id for row in tree},
    )


def filled_up(documents: Sequence[Mapping[str, Any]]) -> Terms:
    """Lay documents over the standard, one over the other: tables entry by entry."""
    found: dict[str, Any] = STANDARD.model_dump(mode="json")
    for document in documents:
        found = _over(found, document)
    return Terms.model_validate(found)


def _over(under: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    return {**under, **{name: _laid(under.get(name), value) for name, value in document.items()}}


def _laid(old: Any, value: Any) -> Any:
    return _over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value


# Which way each of the terms by which what is quick is judged is the stricter.
STRICTER: Final[Mapping[str, Callable[[Iterable[int]], int]]] = {
    "battery_degrees": min,
    "clock_seconds": min,
    "storage_percent": max,
}


def strictest(session: Session) -> Terms:
    """Return the strictest of all terms there are, wherever and whenever they hold."""
    documents = [STANDARD.model_dump(), *session.scalars(select(CompliancePolicy.content))]
    told = {
        name: choose(document[name] for document in documents if name in document)
        for name, choose in STRICTER.items()
    }
    return STANDARD.model_copy(update=told)
