from agents.phone.parts import getprop
from agents.phone.parts.identity import identity_of, is_imei
from agents.phone.parts.integrity import contradiction, integrity_of

PLAIN = "[ro.product.model]: [MI 6]\n[ro.serialno]: [156fe1ab]\n"


def read(text):
    return getprop.parse(text).values


def test_an_entry_is_read_whatever_stands_around_it():
    prompted = f"C:\\>adb shell getprop\n{PLAIN}\n[root@desk ~]# "

    assert read(prompted) == {"ro.product.model": "MI 6", "ro.serialno": "156fe1ab"}


def test_a_value_of_several_lines_does_not_swallow_the_next_entry():
    text = f"[persist.sys.boot.reason.history]: [reboot,1\nreboot,2]\n{PLAIN}"

    assert read(text)["ro.product.model"] == "MI 6"


def test_lines_broken_and_padded_by_a_console_are_joined():
    text = "[ro.build.finger\nprint]: [Xiaomi/sagit/sagit:9/PKQ1.1901\n18.001:user]      \n"

    assert read(text) == {"ro.build.fingerprint": "Xiaomi/sagit/sagit:9/PKQ1.190118.001:user"}


def test_entries_all_on_one_line_are_told_apart():
    assert read("[a.b]: [1][c.d]: [[2]][e.f]: []") == {"a.b": "1", "c.d": "[2]", "e.f": ""}


def test_a_value_that_was_cut_off_is_not_known():
    assert "ro.serialno" not in read("[ro.product.model]: [MI 6]\n[ro.serialno]: [156f")


def test_of_a_recording_pasted_twice_the_first_copy_counts_and_a_difference_is_named():
    props = getprop.parse(PLAIN + PLAIN.replace("156fe1ab", "ffffffff"))

    assert props.get("ro.serialno") == "156fe1ab"
    assert props.doubled == ("ro.serialno",)


def test_a_build_prop_file_will_do():
    assert read("# begin\nro.product.model=MI 6\n") == {"ro.product.model": "MI 6"}


def test_what_is_no_list_of_properties_is_not_understood():
    assert getprop.parse("error: no devices/emulators found") is None


def test_only_numbers_whose_check_digit_is_right_are_imeis():
    text = "[ro.ril.oem.imei1]: [863938054828535]\n[persist.radio.imei2]: [863938054828536]\n"

    assert identity_of(getprop.parse(text)).imei == ("863938054828535",)
    assert not is_imei("0" * 15)


def test_a_serial_that_all_cheap_phones_share_is_no_serial():
    props = getprop.parse("[ro.serialno]: [unknown]\n[ro.boot.serialno]: [0000000000]")

    assert identity_of(props).serial is None


def locked(**said):
    text = "\n".join(f"[{key.replace('_', '.')}]: [{value}]" for key, value in said.items())
    return getprop.parse(text or "[a.b]: [c]")


def test_the_boot_loader_is_what_all_witnesses_agree_on():
    assert integrity_of(locked(ro_boot_flash_locked="1")).bootloader_locked is True
    assert integrity_of(locked(ro_boot_verifiedbootstate="ORANGE")).bootloader_locked is False
    assert integrity_of(locked(ro_secureboot_lockstate="unlocked")).bootloader_locked is False
    assert integrity_of(locked()).bootloader_locked is None


def test_witnesses_that_disagree_prove_nothing_and_are_named():
    props = locked(ro_boot_flash_locked="1", ro_boot_verifiedbootstate="orange")

    assert integrity_of(props).bootloader_locked is None
    assert contradiction(props) == "ro.boot.flash.locked=1, ro.boot.verifiedbootstate=orange"


def test_leave_to_unlock_is_not_the_state_of_the_lock():
    props = getprop.parse("[sys.oem_unlock_allowed]: [1]")

    assert integrity_of(props).bootloader_locked is None


def test_encryption_is_told_apart_from_not_knowing():
    assert integrity_of(locked(ro_crypto_state="encrypted")).encrypted is True
    assert integrity_of(locked(ro_crypto_state="unencrypted")).encrypted is False
    assert integrity_of(locked()).encrypted is None
