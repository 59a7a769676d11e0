"""What a station refuses, about itself: its folder, its key, its server."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid, NotFound, Unavailable


@dataclass(eq=False)
class NotEnrolled(NotFound):
    home: str

    code = "station_not_enrolled"
    message = _("There is no enrolled station in {home}.")
    advice = _("Ask for a code at the server and run `workfleet station enroll`.")


@dataclass(eq=False)
class AlreadyEnrolled(Conflict):
    home: str
    station: str

    code = "station_already_enrolled"
    message = _("{home} belongs to the station {station} already.")
    advice = _("Name another folder with --home; never delete this one while reports wait in it.")


@dataclass(eq=False)
class HomeInUse(Conflict):
    home: str

    code = "station_home_in_use"
    message = _("Another agent is running on {home}.")
    advice = _("Stop it first: two agents on one folder would rotate one phone twice.")


@dataclass(eq=False)
class HomeDamaged(Conflict):
    path: str
    reason: str

    code = "station_home_damaged"
    message = _("{path} cannot be read: {reason}.")
    advice = _("Put it back from a copy, or enrol the station anew in another folder.")


@dataclass(eq=False)
class SealNotOpened(Invalid):
    """A sealed secret that is not for this station, not of this job, or damaged."""

    job: str

    code = "station_seal_not_opened"
    message = _("The secret of job {job} was not sealed to this station's key.")
    advice = _("Look at `workfleet station list`: it may have been enrolled twice.")


@dataclass(eq=False)
class StoreDamaged(Conflict):
    path: str

    code = "station_store_damaged"
    message = _("{path} is damaged; what this station had not yet told cannot be read.")
    advice = _("Put it back from a copy, or enrol the station anew in another folder.")


@dataclass(eq=False)
class StationDiskFull(Unavailable):
    path: str

    code = "station_disk_full"
    message = _("There is no room left on the station's disk ({path}).")
    advice = _("Make room; what was under way goes on from where it stopped.")


@dataclass(eq=False)
class PairedAndNotFound(Unavailable):
    guid: str

    code = "phone_paired_not_found"
    message = _("The phone {guid} is paired, and does not say in the network where it is.")
    advice = _(
        "Read “IP address & Port” on its page “Wireless debugging”, and run "
        "`workfleet agent connect HOST:PORT`; no code is needed any more."
    )


@dataclass(eq=False)
class PhoneNotKept(NotFound):
    name: str

    code = "phone_not_kept"
    message = _("No phone {name} is kept connected without a cable here.")
    advice = _("`workfleet agent phones` lists them.")
