"""What happens to playbooks."""

from dataclasses import dataclass

from fleet.shipped import VersionAdded


@dataclass(frozen=True, kw_only=True)
class PlaybookSet(VersionAdded):
    name = "playbook.set"
