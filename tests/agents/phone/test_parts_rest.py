from agents.phone.parts import accounts, boot, doors, imei, settings, sims, storage, telephony
from agents.phone.parts.getprop import Props

GIB = 1024**3


def test_free_space_is_read_in_blocks_and_in_letters():
    blocks = (
        "Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/dm-5 1024 512 512 50% /data\n"
    )
    human = "Filesystem  Size Used Avail Use% Mounted on\n/dev/dm-5 2.0G 1.0G 1.0G 50% /data\n"

    assert storage.space(blocks).total == 1024 * 1024
    assert storage.space(human).free == GIB


def test_a_row_broken_by_a_long_name_is_one_row():
    text = (
        "Filesystem 1K-blocks Used Available Use% Mounted on\n"
        "/dev/block/platform/soc/1d84000.ufshc/by-name/userdata\n   4096 1024 3072 25% /data\n"
    )

    assert storage.space(text) == storage.Space(4096 * 1024, 1024 * 1024, 3072 * 1024)


def test_df_of_old_phones_has_other_columns():
    text = "Filesystem             Size   Used   Free   Blksize\n/data   56G     2G    53G   4096\n"

    assert storage.space(text) == storage.Space(56 * GIB, 2 * GIB, 53 * GIB)


def test_a_card_and_unlocked_users_are_in_the_mount_dump():
    text = (
        "Volumes:\n  VolumeInfo{public:179,1}:\n    type=PUBLIC state=MOUNTED\n"
        "  VolumeInfo{emulated;0}:\n    type=EMULATED\nLocal unlocked users: [0, 999]\n"
    )

    assert storage.volumes(text) == storage.Volumes(card=True, unlocked=(0, 999))
    assert storage.volumes("Volumes:\n  VolumeInfo{emulated;0}:\n state=MOUNTED").card is False


def test_each_slot_has_its_sim():
    props = Props({"gsm.sim.state": "ABSENT,LOADED", "gsm.sim.operator.alpha": ",中国移动"})
    found = sims.of_properties(props)

    assert [(sim.slot, sim.state, sim.carrier) for sim in found] == [
        (0, "absent", None),
        (1, "loaded", "中国移动"),
    ]


ISUB = """ActiveSubInfoList:
  {id=3, iccId=89860012345678901234, simSlotIndex=0, displayName=CMCC, carrierName=中国移动, \
nameSource=0, number=+8613800138000, dataRoaming=0}
++++++++++++++++++++++++++++++++
 AllSubInfoList:
  {id=1, iccId=89860199999999999999, simSlotIndex=0, displayName=old, number=13900000000}
"""


def test_a_card_taken_out_long_ago_is_not_in_the_phone():
    (sim,) = sims.of_subscriptions(ISUB)

    assert (sim.iccid, sim.number) == ("89860012345678901234", "+8613800138000")
    assert sim.carrier == "中国移动"


def test_numbers_the_phone_masks_are_not_known():
    line = "{id=1 iccId=898600[****] simSlotIndex=1 displayName=CMCC number=138[****] mcc=460}"
    (sim,) = sims.of_subscriptions(line)

    assert (sim.slot, sim.iccid, sim.number, sim.carrier) == (1, None, None, "CMCC")


PARCEL = """Result: Parcel(
  0x00000000: 00000000 0000000f 00360038 00390033 '........8.6.3.9.'
  0x00000010: 00380033 00350030 00380034 00380032 '3.8.0.5.4.8.2.8.'
  0x00000020: 00330035 00000035                   '5.3.5...        ')
"""


def test_an_imei_is_decoded_from_the_parcel():
    assert imei.parse(PARCEL) == ("863938054828535",)


def test_a_refusal_in_a_parcel_is_no_imei():
    assert imei.parse("Result: Parcel(fffffffc ffffffff 0045 '....')") is None
    assert imei.parse("service: Service iphonesubinfo does not exist") is None


def test_accounts_are_counted_and_their_names_never_kept():
    text = (
        "User UserInfo{0:Owner:13}:\n  Accounts: 3\n"
        "    Account {name=anna@example.com, type=com.google}\n"
        "    Account {name=a, type=x}, type=com.xiaomi}\n"
        "    Account {name=ben@example.com, type=com.google}\n"
    )
    found = accounts.parse(text)

    assert [(kind.type, kind.count) for kind in found] == [("com.google", 2), ("com.xiaomi", 1)]
    assert accounts.parse("type=com.google\ntype=com.google\n")[0].count == 2


def test_no_accounts_is_an_answer_and_silence_is_not():
    assert accounts.parse("  Accounts: 0\n") == ()
    assert accounts.parse("") is None


def test_only_granted_permissions_count():
    text = "  android.permission.DUMP: granted=true\n  android.permission.X: granted=false\n"

    assert doors.permissions(text) == ("android.permission.DUMP",)


def test_trusted_computers_are_counted_once():
    key = "QAAAA" + "b" * 60
    text = f"debugging_manager={{\n user_keys={key}= a@b\n{key}= a@b\n keystore=x {key}c\n}}"

    assert doors.trusted_hosts(text) == 1
    assert doors.trusted_hosts("debugging_manager={\n}") == 0
    assert doors.trusted_hosts("Can't find service: adb") is None


def test_accessibility_services_are_listed():
    assert doors.accessibility("  Enabled services:{{com.a/b.C}, {com.d/.E}}\n") == (
        "com.a/b.C",
        "com.d/.E",
    )
    assert doors.accessibility("  Enabled services:{}\n") == ()


def test_settings_keep_what_follows_the_first_equals_sign():
    values = settings.parse("boot_count=39\na=b=c\nalways_on_vpn_app=null\n")

    assert (values.whole("boot_count"), values.text("a")) == (39, "b=c")
    assert values.text("always_on_vpn_app") is None


def test_the_clock_and_the_tools_are_read():
    said = boot.parse(
        "epoch=1795383927\nuptime=2438.60 4563.46\nid=uid=2000(shell)\n"
        "boot_id=c2532dc6-357a-4273-8f55-0445ad1cae72\ntoybox=toybox 0.8.11-android\n"
        "selinux=Enforcing\nsu=\n"
    )

    assert (said.epoch, said.uptime, said.tools) == (1795383927.0, 2438.6, "0.8.11-android")
    assert (said.selinux, said.su) == ("enforcing", False)


def test_the_network_of_each_slot_is_read():
    text = (
        "Phone Id=0\n  mServiceState={mVoiceRegState=0(IN_SERVICE), mOperatorAlphaLong=CMCC,"
        " mOperatorAlphaShort=CMCC}\nPhone Id=1\n  mServiceState={mOperatorAlphaLong=null,"
        " mOperatorAlphaShort=null}\n"
    )

    assert telephony.parse(text) == {0: "CMCC", 1: None}
