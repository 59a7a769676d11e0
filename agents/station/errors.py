"""What a station refuses, about itself: its folder, its key, its server."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


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
class AdbServerTaken(Conflict):
    """`who` is the other agent, as far as it is known."""

    address: str
    who: str

    code = "station_adb_server_taken"
    message = _("Another agent works on the phones of the adb server at {address}: {who}.")
    advice = _("Stop it first, or give each agent an adb server of its own with --adb-port.")


@dataclass(eq=False)
class LockUnusable(Conflict):
    path: str
    reason: str

    code = "station_lock_unusable"
    message = _("The lock that keeps agents apart cannot be had ({path}): {reason}.")
    advice = _("Look who put that there; nothing was done.")


@dataclass(eq=False)
class HomeOfAnother(Conflict):
    home: str

    code = "station_home_of_another"
    message = _("{home} is not yours to read.")
    advice = _("Run this as the user of the agent, or name another folder with --home.")


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
class ApkDamaged(Unavailable):
    digest: str

    code = "station_apk_damaged"
    message = _("The app's file {digest} did not arrive as it was announced.")
    advice = _("Try again; if it stays so, hand the file to the server anew.")


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


@dataclass(eq=False)
class NoSystemd(Conflict):
    code = "station_no_systemd"
    message = _("There is no systemd on this machine.")
    advice = _("docs/stations.md has the way for Windows and macOS.")


@dataclass(eq=False)
class RootNeeded(Forbidden):
    code = "station_root_needed"
    message = _("Only root makes or removes a service of this machine.")
    advice = _("Say sudo before it, or look only with --dry-run.")


@dataclass(eq=False)
class ProgramPrivate(Conflict):
    path: str
    user: str

    code = "station_program_private"
    message = _("The user {user} of the service could not read {path}.")
    advice = _("Install workfleet where everybody may read it, such as /opt/workfleet.")


@dataclass(eq=False)
class InstallFailed(Conflict):
    what: str
    reason: str

    code = "station_install_failed"
    message = _("“{what}” failed: {reason}.")
    advice = _("What was done before it stays; run this again when it is mended.")


@dataclass(eq=False)
class ServiceNotThere(NotFound):
    code = "station_service_not_there"
    message = _("This machine has no service of a station.")
    advice = _("Make one with `workfleet agent service --install`.")


@dataclass(eq=False)
class KitMissing(NotFound):
    phone: str

    code = "station_kit_missing"
    message = _("This station was given nothing to back {phone} up with without the server.")
    advice = _("`workfleet agent kits` lists the phones for which it was; the server gives more.")


@dataclass(eq=False)
class KitTooOld(Conflict):
    device: str
    until: str

    code = "station_kit_too_old"
    message = _("{device} might be backed up without the server until {until}.")
    advice = _("Bring the server back: it decides anew to whom backups are sealed.")


@dataclass(eq=False)
class SizeUnknown(Conflict):
    device: str

    code = "station_size_unknown"
    message = _("How much {device} holds was never read: nobody knows whether it fits the disk.")
    advice = _("Plug it in until it was read once, and ask again.")


@dataclass(eq=False)
class NoRoomForBackup(Conflict):
    device: str
    needed: int
    free: int

    code = "station_no_room_for_backup"
    message = _("{device} holds {needed} bytes, and the disk has {free} left for its backup.")
    advice = _("Make room, or bring the server back: what it has taken is kept here no longer.")


@dataclass(eq=False)
class BackupHereAlready(Conflict):
    device: str

    code = "station_backup_here_already"
    message = _("A backup of {device} is under way here, or waits for the server.")
    advice = _("Let it end first.")


@dataclass(eq=False)
class ServerIsThere(Conflict):
    device: str

    code = "station_server_is_there"
    message = _("The server answers: it decides which backups are made.")
    advice = _("Have it backed up there: `workfleet backup run {device}`.")


@dataclass(eq=False)
class AgentNotRunning(Conflict):
    home: str

    code = "station_agent_not_running"
    message = _("No agent runs on {home}: nobody would begin it.")
    advice = _("Start it: `workfleet agent run`, or the service of this machine.")
