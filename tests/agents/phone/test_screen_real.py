from threading import Event, Thread

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from agents.phone.adb import Adb, AdbPhone
from agents.phone.screen import PASSWORD_CHANGED, password_changed, read, wait_for

pytestmark = pytest.mark.handset


@pytest.mark.parametrize("legacy", [False, True])
def test_a_password_changed_by_hand_is_seen_on_the_screen(
    adb_server: AdbServer, handset: Handset, *, legacy: bool
) -> None:
    phone = AdbPhone(Adb(port=adb_server.port), handset.address, legacy=legacy)
    handset.person.open_screen("wechat-security")
    before = read(phone)
    assert not password_changed(before)

    walk = Thread(target=handset.person.change_wechat_password, args=("Neu-2026!",))
    walk.start()
    screen = wait_for(phone, PASSWORD_CHANGED, deadline=30, stop=Event())
    walk.join()

    assert screen is not None
    assert password_changed(screen)
    assert screen.digest != before.digest
