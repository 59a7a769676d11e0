"""What happens to plans."""

from dataclasses import dataclass

from fleet.shipped import VersionAdded


@dataclass(frozen=True, kw_only=True)
class PlanEdited(VersionAdded):
    name = "plan.edited"
