"""A person who changes WeChat's password at a station, with a real phone in the hand."""

from dataclasses import dataclass
from uuid import UUID

from agents.handset.handset import Handset
from fleet.contracts.credentials import VersionState
from fleet.devices.models import Device
from fleet.rotation.models import Rotation
from fleet.rotation.services import plan_rotation
from fleet.stations.models import Job
from fleet.vault.queries import opened, password_of
from fleet.vault.services import adopt
from tests.agents.station.desk import CLERK, Desk, until
from tests.factories import Make

OLD = "Alt-2026@"
OLDER, NEWER = "8.0.20", "8.0.61"


@dataclass
class Visitor:
    desk: Desk
    phone: Handset
    rotation: UUID

    @property
    def app(self):
        return self.phone.state.messenger

    def word(self, text: str) -> str:
        return self.app.word(text)

    def walk(self) -> None:
        """Go to the page of the password, step by step."""
        self.phone.person.open_wechat("tabs")
        for text in ("我", "设置", "账号与安全", "微信密码"):
            self.phone.person.tap(self.word(text))

    def touch(self, text: str, field: str) -> None:
        """Touch a field and wait until the station has typed into it."""
        self.phone.person.tap(self.word(text))
        until(lambda: self.app.typed.get(field))
        until(lambda: self.seen().endswith(":typed") or not self.seen().endswith(":typing"))

    def seen(self) -> str:
        """Return what the station said last of where the person is."""
        with self.desk.looking() as session:
            job = session.get(Rotation, self.rotation).job
            return session.get(Job, job.id).step or ""

    def fill(self) -> None:
        """Have every field typed, up to the button."""
        if self.app.newer:
            self.touch("填写原密码", "old")
        else:
            self.touch("请输入原密码", "old")
            self.phone.person.tap(self.word("确定"))
        self.fill_new()

    def fill_new(self) -> None:
        self.touch("填写新密码", "new")
        self.touch("再次填写确认", "again")

    def finish(self) -> None:
        self.phone.person.tap(self.word("完成"))

    def ended(self) -> Rotation:
        def over():
            with self.desk.looking() as session:
                found = session.get(Rotation, self.rotation)
                return found if found.ended_at else None

        return until(over)

    def was_shown(self) -> bool:
        """Tell whether anybody was ever shown the new password."""
        with self.desk.looking() as session:
            return session.get(Rotation, self.rotation).version.disclosed_at is not None

    def values(self) -> dict[VersionState, str]:
        """Return what the vault holds, by state."""
        with self.desk.looking() as session:
            versions = session.get(Rotation, self.rotation).credential.versions
            return {one.state: opened(self.desk.tools.keyring, one) for one in versions}


def visitor(
    desk: Desk, phone: Handset, version: str = NEWER, *, english: bool = False, known: str = OLD
) -> Visitor:
    """Give a phone with a version of WeChat in hand, and plan the change of its password."""
    phone.unplug()
    until(lambda: not _present(desk, phone))
    phone.person.has_wechat(version, english=english)
    phone.person.wechat_password = OLD
    phone.plug_in()
    device = until(lambda: _with_app(desk, phone, version))
    with desk.acting() as session:
        account = Make(session).account(device_id=device.id)
        given = {"value": known, "reason": "known", "actor": CLERK}
        adopt(session, desk.tools, password_of(account), **given)
        rotation = plan_rotation(session, desk.tools, account, reason="asked", actor=CLERK)
        return Visitor(desk, phone, rotation.id)


def _present(desk: Desk, phone: Handset) -> bool:
    device = desk.device(phone.serial)
    return device is not None and device.present


def _with_app(desk: Desk, phone: Handset, version: str) -> Device | None:
    with desk.looking() as session:
        found = desk.device(phone.serial)
        device = session.get(Device, found.id) if found and found.present else None
        app = device.known_facts.app("com.tencent.mm") if device else None
        return device if app and app.version_name == version else None
