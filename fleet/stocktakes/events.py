"""What happens to stock-takes."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fleet.audit.events import Event
from fleet.contracts.stocktakes import Resolution


@dataclass(frozen=True, kw_only=True)
class StocktakePlanned(Event):
    """`seed` stands here before anything is drawn by it."""

    name: ClassVar[str] = "stocktake.planned"
    seed: str
    scope: dict[str, Any]
    sample: int | None


@dataclass(frozen=True, kw_only=True)
class StocktakeBegun(Event):
    name: ClassVar[str] = "stocktake.begun"
    pool: int
    pool_digest: str
    expected: int


@dataclass(frozen=True, kw_only=True)
class StocktakeCounted(Event):
    name: ClassVar[str] = "stocktake.counted"
    how: str
    found: int
    unexpected: int


@dataclass(frozen=True, kw_only=True)
class StocktakeClosed(Event):
    name: ClassVar[str] = "stocktake.closed"
    digest: str
    found: int
    missing: int
    unexpected: int


@dataclass(frozen=True, kw_only=True)
class StocktakeSigned(Event):
    name: ClassVar[str] = "stocktake.signed"
    digest: str


@dataclass(frozen=True, kw_only=True)
class StocktakeCancelled(Event):
    name: ClassVar[str] = "stocktake.cancelled"
    reason: str


@dataclass(frozen=True, kw_only=True)
class DifferenceResolved(Event):
    name: ClassVar[str] = "stocktake.difference_resolved"
    thing: str  # a tag; of a SIM its number, masked
    resolution: Resolution
