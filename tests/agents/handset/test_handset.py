"""A real adb server talks to a real adbd, and finds a phone behind it."""

import contextlib
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from adbutils import AdbDevice, ShellReturn

from agents.handset.adb_server import AdbServer
from agents.handset.errors import HandsetNotConnected
from agents.handset.handset import Handset, handsets
from agents.handset.profile import profile_names
from tests.handset_fixtures import StartHandset

pytestmark = pytest.mark.handset


def device(phone: Handset) -> AdbDevice:
    assert phone.adb is not None
    return phone.adb.client.device(phone.address)


def ask(phone: Handset, command: str) -> ShellReturn:
    return device(phone).shell2(command, v2=True)


def test_exit_status_and_both_streams_come_apart(handset: Handset) -> None:
    answer = ask(handset, "id -un; echo trouble >&2; exit 7")

    assert (answer.stdout, answer.stderr, answer.returncode) == ("shell\n", "trouble\n", 7)


def test_it_is_a_phone_to_its_shell(handset: Handset) -> None:
    answer = ask(handset, "id; pwd; ls -d /sdcard /storage/emulated/0; nosuch")

    assert "uid=2000" in answer.stdout
    assert answer.stdout.endswith("\n/\n/sdcard\n/storage/emulated/0\n")
    assert "nosuch: inaccessible or not found" in answer.stderr
    assert answer.returncode == 127


def test_the_features_of_a_present_day_phone_are_announced(handset: Handset) -> None:
    features = device(handset).get_features().split(",")

    assert {"shell_v2", "stat_v2", "ls_v2", "sendrecv_v2"} <= set(features)


def test_arguments_reach_the_framework_byte_for_byte(handset: Handset) -> None:
    handset.state.props["odd.key"] = 'it\'s \\n $HOME `id` "x"\n  two'

    assert ask(handset, "getprop odd.key").stdout == 'it\'s \\n $HOME `id` "x"\n  two\n'
    assert ask(handset, "getprop nope 'a  b'\"'\"'c'").stdout == "a  b'c\n"
    assert ask(handset, "getprop nope ''; echo $?").stdout == "\n0\n"


def test_a_stub_leaves_the_script_on_standard_input_alone(handset: Handset) -> None:
    answer = ask(handset, "printf 'getprop ro.product.brand\\necho after\\n' | sh")

    assert answer.stdout == "Xiaomi\nafter\n"


def test_a_dump_is_written_by_the_phone_itself(handset: Handset) -> None:
    answer = ask(handset, "uiautomator dump /sdcard/view.xml; cat /sdcard/view.xml")

    assert answer.stdout.startswith("UI hierchary dumped to: /sdcard/view.xml\n<?xml")
    assert (handset.storage_path / "view.xml").exists()


def test_32_shells_at_once_all_get_their_own_answers(handset: Handset) -> None:
    def one(number: int) -> tuple[str, int]:
        answer = ask(handset, f"getprop nope {number}; exit {number}")
        return answer.stdout, answer.returncode

    with ThreadPoolExecutor(32) as shells:
        answers = list(shells.map(one, range(32)))

    assert answers == [(f"{number}\n", number) for number in range(32)]


def test_every_maker_runs_beside_the_others(adb_server: AdbServer) -> None:
    with handsets(profile_names(), adb=adb_server) as phones:
        models = [ask(phone, "getprop ro.product.model").stdout.strip() for phone in phones]

    assert models == [phone.props["ro.product.model"] for phone in phones]
    assert len(set(models)) == len(phones)


def test_files_go_both_ways_unchanged(handset: Handset, tmp_path: Path) -> None:
    content = hashlib.shake_128(b"both ways").digest(3_000_000)
    (tmp_path / "there").write_bytes(content)

    device(handset).sync.push(tmp_path / "there", "/sdcard/Documents/往返.bin")
    device(handset).sync.pull_file("/sdcard/Documents/往返.bin", tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == content
    assert (handset.storage_path / "Documents" / "往返.bin").read_bytes() == content


def test_a_planted_file_can_be_read_and_removed_by_the_phone(handset: Handset) -> None:
    planted = handset.put("Download/new/planted.txt", b"hello")

    assert ask(handset, "cat /sdcard/Download/new/planted.txt").stdout == "hello"
    assert ask(handset, "rm -r /sdcard/Download/new").returncode == 0
    assert not planted.exists()


def test_what_belongs_to_apps_stays_closed(handset: Handset) -> None:
    answer = ask(handset, "ls /data/data")

    assert "Permission denied" in answer.stderr


def test_a_pin_is_changed_through_adb(handset: Handset) -> None:
    old = handset.profile.pin

    answer = ask(handset, f"locksettings set-pin --old {old} --user 0 97531")

    assert answer.stdout == "Pin set to '97531'\n"
    assert handset.lock.secret == "97531"


def test_test_harness_erases_the_phone_and_it_comes_back_on_the_same_port(
    handset: Handset, adb_server: AdbServer
) -> None:
    address, before = handset.address, ask(handset, "settings get global boot_count").stdout
    ask(handset, "echo mark >/data/local/tmp/mark")
    handset.person.change_pin("")

    ask(handset, "cmd testharness enable")
    handset.wait_until_up()

    left = ask(handset, "find /sdcard/ /data/local/tmp/ -type f; pm list packages -3")
    assert (left.stdout, handset.address) == ("", address)
    assert int(ask(handset, "settings get global boot_count").stdout) == int(before) + 1


def test_a_reboot_ends_what_was_running(handset: Handset) -> None:
    lasting = device(handset).open_transport()
    lasting.send_command("shell:sleep 1000")
    lasting.check_okay()

    handset.reboot()

    assert lasting.conn.recv(1) == b""
    lasting.close()
    assert "sleep 1000" not in ask(handset, "ps -A -o ARGS").stdout


def test_an_unplugged_phone_leaves_the_list_and_keeps_its_files(
    handset: Handset, adb_server: AdbServer
) -> None:
    ask(handset, "echo kept >/sdcard/kept.txt")

    handset.unplug()
    gone = adb_server.state(handset.address)
    with pytest.raises(HandsetNotConnected):
        adb_server.connect(handset.address)
    adb_server.disconnect(handset.address)
    handset.plug_in()

    assert gone == "absent"
    assert ask(handset, "cat /sdcard/kept.txt").stdout == "kept\n"


def test_a_terminal_shell_has_a_terminal(handset: Handset) -> None:
    assert device(handset).shell("tty").startswith("/dev/pts/")


def test_callbacks_stand_exactly_before_and_after_a_command(handset: Handset) -> None:
    seen: list[str] = []
    handset.before("locksettings set-pin", lambda: seen.append(f"before {handset.lock.secret}"))
    handset.after("locksettings set-pin", lambda: seen.append(f"after {handset.lock.secret}"))

    ask(handset, f"cmd lock_settings set-pin --old {handset.profile.pin} 4321")

    assert seen == [f"before {handset.profile.pin}", "after 4321"]


def test_a_storage_folder_of_ones_own_is_the_phones_storage(
    start_handset: StartHandset, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    phone = start_handset(storage=tmp_path, seed=False)

    assert ask(phone, "ls /sdcard/").stdout == "mine.txt\n"


def test_unplugging_between_command_and_answer_leaves_the_change_done(handset: Handset) -> None:
    pulled = threading.Event()

    def pull() -> None:
        handset.unplug()
        pulled.set()

    handset.after("locksettings set-pin", pull)
    answer = b"?"
    with device(handset).open_transport() as line:
        line.send_command(f"shell:locksettings set-pin --old {handset.profile.pin} 8642")
        line.check_okay()
        answer = line.conn.recv(100)

    assert pulled.wait(10)
    assert answer == b""
    assert handset.lock.secret == "8642"


def test_phones_of_one_kind_are_numbered_in_order_and_numbers_come_back(
    adb_server: AdbServer,
) -> None:
    def serials() -> list[str]:
        with handsets(["samsung-s24-oneui"] * 3, adb=adb_server) as phones:
            return [ask(phone, "getprop ro.serialno").stdout.strip() for phone in phones]

    assert serials() == serials() == ["RZCX1059KPT", "RZCX1059001", "RZCX1059002"]


def test_a_killed_daemon_ends_what_runs_over_it_and_comes_back(handset: Handset) -> None:
    stream = device(handset).shell("cat /dev/zero", stream=True)
    assert stream.read(1000)

    handset.kill_daemon()

    with stream, contextlib.suppress(OSError):
        while stream.conn.recv(1 << 20):
            pass
    handset.plug_in()
    assert ask(handset, "echo here").stdout == "here\n"


def test_a_tool_can_be_replaced_by_one_of_the_makers(handset: Handset) -> None:
    handset.replace_tool("tar", "echo tar of the maker; exit 3")

    answer = ask(handset, "tar -c /sdcard")

    assert (answer.stdout, answer.returncode) == ("tar of the maker\n", 3)
