import pytest

from agents.phone.parts import device_policy, locks

STATE = """Current lock settings service state:

User State:
  User 0
    Quality: 0
    CredentialType: {type}
  User 999
    CredentialType: PATTERN

Keys in namespace:
  User 0 [/data/system_de/0/spblob]:
    CredentialType: NONE
"""


@pytest.mark.parametrize(
    ("said", "kind", "secure"),
    [
        ("Pin", "pin", True),
        ("PIN", "pin", True),
        ("Pattern", "pattern", True),
        ("PASSWORD", "password", True),
        ("NONE", "none", False),
        ("PASSWORD_OR_PIN", None, True),
        ("UNKNOWN_7", None, None),
    ],
)
def test_the_credential_of_user_0_counts(said, kind, secure):
    assert locks.lock_type(STATE.format(type=said)) == locks.LockType(kind, secure)


def test_an_android_that_does_not_say_the_type_leaves_it_unknown():
    text = "Current lock settings service state:\nSP Enabled = false\n  User 0\n   SID = 1fc4\n"

    assert locks.lock_type(text) == locks.LockType(None, None)


def test_only_the_current_user_tells_whether_the_phone_is_locked():
    text = (
        'User "A" (id=0, flags=0xc13) (current): trusted=0, deviceLocked={0}, x=1\n'
        'User "B" (id=999, flags=0x30): trusted=0, deviceLocked=1\n'
    )

    assert locks.device_locked(text.format("0")) is False
    assert locks.device_locked(text.format("true")) is True
    assert locks.device_locked(text.replace(" (current)", "")) is None


def test_the_keyguard_is_read_by_its_exact_keys():
    text = (
        "  KeyguardServiceDelegate\n    showing=false\n    showingAndNotOccluded=true\n"
        "    secure=true\n    KeyguardStateMonitor\n      mIsShowing=true mSimSecure=false\n"
    )

    assert locks.keyguard(text) == locks.Keyguard(secure=True, showing=False)
    assert locks.keyguard("mAwake=truemScreenOnEarly=true\nmShowingLockscreen=true") == (
        locks.Keyguard(None, showing=True)
    )
    assert locks.keyguard("mCurrentFocus=null") is None


POLICY = """Current Device Policy Manager state:
  Device Owner:
    admin=ComponentInfo{com.corp.mdm/com.corp.mdm.Receiver}
    package=com.corp.mdm
  Enabled Device Admins (User 0, provisioningState: 3):
    com.corp.mdm/.Receiver:
      maximumFailedPasswordsForWipe=10
    com.mail/.Admin:
      maximumFailedPasswordsForWipe=0
  Encryption Status: per-user
"""


def test_the_strictest_wipe_limit_counts_and_0_means_no_wipe():
    assert device_policy.parse(POLICY).wipe_limit == 10
    assert device_policy.parse(POLICY.replace("=10", "=0")).wipe_limit == 0


def test_without_admins_nothing_wipes_but_a_cut_dump_proves_nothing():
    none = "Current Device Policy Manager state:\n  Enabled Device Admins (User 0):\n"

    assert device_policy.parse(none).wipe_limit == 0
    assert device_policy.parse("Current Device Policy Manager state:\n").wipe_limit is None


def test_an_admin_is_not_an_owner():
    owned, free = POLICY, POLICY.partition("  Enabled")[1] + POLICY.partition("  Enabled")[2]

    assert device_policy.parse(owned).device_owner == "com.corp.mdm"
    assert device_policy.parse(free).device_owner is None
    assert device_policy.parse(free).admins == ("com.corp.mdm", "com.mail")
    assert device_policy.parse("Device Owner Type: -1\n" + free).device_owner is None


def test_owners_listed_by_dpm_count_too():
    listed = "1 owner:\nUser  0: admin=com.corp.mdm/.Receiver,DeviceOwner\n"

    assert device_policy.parse(listed).device_owner == "com.corp.mdm"
