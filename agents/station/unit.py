"""The systemd unit of a station, and the udev rule by which its user may open phones."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

NAME: Final = "workfleet-station"
UNIT_FILE: Final = PurePosixPath(f"/etc/systemd/system/{NAME}.service")
STATE: Final = PurePosixPath("/var/lib")

UDEV_GROUP: Final = "plugdev"
UDEV_FILE: Final = PurePosixPath("/etc/udev/rules.d/51-workfleet.rules")
# Every USB device with an adb interface, whoever made it: no list of makers to be kept up to date.
UDEV_RULE: Final = (
    'SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:ff4201:*", '
    f'MODE="0660", GROUP="{UDEV_GROUP}", TAG+="uaccess"'
)

WATCHDOG_SECONDS: Final = 60
STOP_SECONDS: Final = 300  # a visit to a lock is not cut off in its middle, and takes its time
FILES: Final = 4096
HOMES: Final = tuple(PurePosixPath(one) for one in ("/home", "/root", "/run/user"))

UNIT: Final = """\
# Made by `workfleet agent service`; put what is to differ into {name}.service.d/*.conf.
[Unit]
Description=workfleet station
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command}
User={user}
{groups}
Restart=on-failure
RestartSec=10
# Not written as it must be, or no enrolled station: trying again changes nothing.
RestartPreventExitStatus=2 3
WatchdogSec={watchdog}
TimeoutStartSec=60
TimeoutStopSec={stop}
# The agent ends what it is doing and then its adb server; both at once would cut phones off.
KillMode=mixed
LimitNOFILE={files}
UMask=0077
Environment=HOME={home}
# An adb of another version cannot end the server under the agent.
Environment=ADB_REJECT_KILL_SERVER=1
Environment=PYTHONUTF8=1
{language}
{folder}

NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome={homes}
PrivateTmp=yes
DevicePolicy=closed
DeviceAllow=char-usb_device rw
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True)
class Service:
    """An installation as a service: `program` is how it is called, `home` the station's folder."""

    program: tuple[str, ...]
    home: PurePosixPath = STATE / NAME
    user: str = NAME
    group: str | None = UDEV_GROUP
    adb: tuple[str, ...] = ()
    language: str | None = None

    def unit(self) -> str:
        given = {
            "name": NAME,
            "command": self._command(),
            "user": self.user,
            "groups": f"SupplementaryGroups={self.group}" if self.group else "",
            "watchdog": WATCHDOG_SECONDS,
            "stop": STOP_SECONDS,
            "files": FILES,
            "home": _quoted(str(self.home)),
            "language": f"Environment=LANG={self.language}" if self.language else "",
            "folder": self._folder(),
            "homes": "read-only" if self.is_in_a_home else "yes",
        }
        return UNIT.format(**given)

    @property
    def is_in_a_home(self) -> bool:
        paths = (PurePosixPath(self.program[0]), self.home)
        return any(path.is_relative_to(home) for path in paths for home in HOMES)

    def _command(self) -> str:
        words = (*self.program, "agent", "run", "--home", str(self.home), *self.adb)
        return " ".join(map(_quoted, words)).replace("$", "$$")

    def _folder(self) -> str:
        """Have systemd make the folder where it makes such folders; elsewhere it must be there."""
        if self.home.parent == STATE:
            return f"StateDirectory={_quoted(self.home.name)}\nStateDirectoryMode=0700"
        return f"ReadWritePaths={_quoted(str(self.home))}"


def _quoted(word: str) -> str:
    """Quote a word for a unit: `%` means something there, blanks and quotes end a word."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"' if any(one in word for one in " \t\"'\\") else plain


def program_of(prefix: Path, executable: Path) -> tuple[str, ...]:
    """Return how this installation is called, whoever's PATH it is on."""
    script = prefix / "bin" / "workfleet"
    return (str(script),) if script.is_file() else (str(executable), "-m", "cli")
