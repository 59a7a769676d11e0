"""What is refused where a build is concerned."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, NotFound


@dataclass(eq=False)
class BuildNotFound(NotFound):
    build: str
    code = "build_not_found"
    message = _("No visit was made yet to a build {build}.")
    advice = _("See which there are with `workfleet rotation builds`.")


@dataclass(eq=False)
class NothingToReset(Conflict):
    build: str
    code = "nothing_to_reset"
    message = _("Nothing has been found out about the build {build} yet.")
    advice = _("The next visit to a phone of it finds out whether its lock tool can be believed.")


@dataclass(eq=False)
class BuildUntrusted(Conflict):
    subject: str
    build: str
    code = "untrusted_build"
    message = _("The lock tool of {subject} was found to lie (build {build}); nothing was planned.")
    advice = _(
        "Change the PIN by hand with its holder and adopt it, or see `workfleet rotation builds`:"
        " reset the build after an update, or rotate with --even-untrusted."
    )
