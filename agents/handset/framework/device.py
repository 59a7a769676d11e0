"""Commands that move the phone itself: screen, input, power, apps, owners, reset."""

from itertools import pairwise
from typing import Final

from agents.handset.framework.messenger import Messenger
from agents.handset.framework.reply import Reply, err, out
from agents.handset.framework.screen import Page
from agents.handset.framework.state import PhoneState

ANDROID_8: Final = 26
ANDROID_10: Final = 29
ANDROID_12: Final = 31

INJECT_DENIED: Final = """\
java.lang.SecurityException: Injecting input events requires the caller (or the source of the \
instrumentation, if any) to have the INJECT_EVENTS permission.
\tat android.os.Parcel.createExceptionOrNull(Parcel.java)
"""
BROADCAST_DENIED: Final = """\

Exception occurred while executing 'broadcast':
java.lang.SecurityException: Permission Denial: not allowed to send broadcast {action} \
from pid=4242, uid=2000
"""
QUIET_SERVICES: Final = (
    "jobscheduler",
    "notification",
    "phone",
    "role",
    "statusbar",
    "usb",
    "wifi",
)
PROTECTED: Final = ("MASTER_CLEAR", "FACTORY_RESET", "BOOT_COMPLETED", "SIM_STATE_CHANGED")


def cmd(state: PhoneState, words: list[str]) -> Reply:
    if not words:
        return err("cmd: No service specified; use -l to list all services", 20)
    match words:
        case ["-l"]:
            return out("Currently running services:\n  lock_settings\n  package\n  testharness")
        case ["testharness", *rest] if state.sdk >= ANDROID_10:
            return test_harness(state, rest)
        case ["power", *rest]:
            return svc(state, ["power", *rest])
        case [name, *_] if name in QUIET_SERVICES:
            return Reply()
    return err(f"cmd: Can't find service: {words[0]}", 20)


def test_harness(state: PhoneState, words: list[str]) -> Reply:
    if words not in (["enable"], ["restore"]):
        return out("About:\n  Test Harness Mode is a mode that the device can be placed in…")
    if not state.habits.test_harness:
        return err("Test Harness Mode is not supported on this device", 2)
    if state.lock.secure:
        return err("Test Harness Mode cannot be enabled if there is a lock screen", 2)
    state.reset_to_factory(provisioned=True)
    state.settings["global"] |= {"adb_enabled": "1", "development_settings_enabled": "1"}
    state.props["persist.sys.test_harness"] = "1"
    return Reply()


def reboot(state: PhoneState, words: list[str]) -> Reply:
    state.restart("reboot" if not words else f"reboot,{words[0]}")
    return Reply()


def svc(state: PhoneState, words: list[str]) -> Reply:
    match words:
        case ["power", "reboot", *rest]:
            return reboot(state, rest)
        case ["power", "wakeup", *_]:
            state.screen.on = True
        case ["power", "stayon", value, *_]:
            modes = {"true": "7", "usb": "2", "false": "0"}
            state.settings["global"]["stay_on_while_plugged_in"] = modes.get(value, "0")
        case [("wifi" | "data" | "bluetooth") as radio, ("enable" | "disable") as wanted, *_]:
            key = {"wifi": "wifi_on", "data": "mobile_data", "bluetooth": "bluetooth_on"}[radio]
            state.settings["global"][key] = str(int(wanted == "enable"))
        case _:
            return out("Available commands:\n    help\n    power\n    data\n    wifi", 1)
    return Reply()


def am(state: PhoneState, words: list[str]) -> Reply:
    match words:
        case ["start" | "start-activity", *rest]:
            return _start(state, rest)
        case ["broadcast", *rest]:
            return _broadcast(rest)
        case ["force-stop", *_] | ["kill", *_] | ["kill-all"]:
            return Reply()
        case ["get-current-user"]:
            return out("0")
        case ["get-started-user-state", *_]:
            return out("RUNNING_UNLOCKED")
    return err(f"Error: unknown command '{words[0] if words else ''}'", 255)


def _start(state: PhoneState, words: list[str]) -> Reply:
    component = _after(words, "-n")
    package, _, activity = component.partition("/")
    shown = f"Starting: Intent {{ cmp={component} }}"
    if package in state.packages:
        state.show(Page(package, activity, ()))
        return out(shown)
    if "-a" in words:
        return out(f"Starting: Intent {{ act={_after(words, '-a')} }}")
    missing = "Error: Activity class {" + component + "} does not exist."
    return Reply(stdout=f"{shown}\n".encode(), stderr=f"Error type 3\n{missing}\n".encode())


def _broadcast(words: list[str]) -> Reply:
    action = _after(words, "-a")
    said = f"Broadcasting: Intent {{ act={action} flg=0x400000 }}\n".encode()
    if any(name in action for name in PROTECTED):
        return Reply(said, BROADCAST_DENIED.format(action=action).encode(), 255)
    return Reply(stdout=said + b"Broadcast completed: result=0\n")


def _after(words: list[str], option: str) -> str:
    return next((value for name, value in pairwise(words) if name == option), "")


def uiautomator(state: PhoneState, words: list[str]) -> Reply:
    if words[:1] != ["dump"]:
        return out("Usage: uiautomator <subcommand> [options]", 1)
    paths = [word for word in words[1:] if not word.startswith("--")]
    path = paths[0] if paths else "/sdcard/window_dump.xml"
    if not state.screen.dumpable:
        # It fails with exit status 0 and leaves an older file where it is.
        return err("ERROR: could not get idle state.", 0)
    screen = state.screen.behind_keyguard() if state.lock.locked else state.screen
    xml = screen.xml().encode()
    if path == "/dev/tty":
        return Reply(stdout=xml + b"UI hierchary dumped to: /dev/tty\n")
    return Reply(stdout=f"UI hierchary dumped to: {path}\n".encode(), files=((path, xml),))


def input_event(state: PhoneState, words: list[str]) -> Reply:
    if not words:
        return out("Usage: input [<source>] [-d DISPLAY_ID] <command> [<arg>...]", 255)
    if not state.habits.input_allowed:
        return err(INJECT_DENIED, 255)
    if words[0] != "keyevent":
        return _into_app(state, words)
    return _key(state, words)


def _key(state: PhoneState, words: list[str]) -> Reply:
    match words:
        case ["keyevent", "224" | "KEYCODE_WAKEUP", *_]:
            state.screen.on = True
        case ["keyevent", "223" | "KEYCODE_SLEEP", *_]:
            state.screen.on = False
        case ["keyevent", "26" | "KEYCODE_POWER", *_]:
            state.screen.on = not state.screen.on
        case ["keyevent", "4" | "KEYCODE_BACK", *_]:
            state.app_hears(Messenger.back)
        case ["keyevent", "67" | "KEYCODE_DEL", *_]:
            state.app_hears(Messenger.delete)
    return Reply()


def _into_app(state: PhoneState, words: list[str]) -> Reply:
    """Tap or type; it reaches whatever app is in front, if one that listens is."""
    match words:
        case ["text", text]:
            typed = text.replace("%s", " ")  # as the framework does, wherever it stands
            state.app_hears(lambda app: app.type(typed, by_computer=True))
        case ["tap", _x, y] if y.isdigit():
            state.app_hears(lambda app: app.tap(state.screen.row_at(int(y))))
        case _:
            return err(f"Error: Invalid arguments for command: {words[0]}")
    return Reply()


def wm(state: PhoneState, words: list[str]) -> Reply:
    match words:
        case ["size", *_]:
            return out(f"Physical size: {state.screen.width}x{state.screen.height}")
        case ["density", *_]:
            return out("Physical density: 480")
        case ["dismiss-keyguard"]:
            state.lock.locked = state.lock.locked and state.lock.secure
            return Reply()
    return err("Unknown command", 255)


def dpm(state: PhoneState, words: list[str]) -> Reply:
    if words[:1] == ["list-owners"] and state.sdk >= ANDROID_12:
        owners = [admin for admin in state.admins if admin.owner]
        if not owners:
            return out("no owners")
        rows = (f"User  0: admin={owner.component},DeviceOwner" for owner in owners)
        return out(f"{len(owners)} owner:\n" + "\n".join(rows))
    if words[:1] == ["set-device-owner"]:
        return _set_owner(state)
    return err(f"Unknown command: {words[0] if words else ''}", 255)


def _set_owner(state: PhoneState) -> Reply:
    reason = ""
    if len(state.users) > 1:
        reason = "there are already several users on the device"
    elif state.accounts:
        reason = "there are already some accounts on the device"
    if not reason:
        reason = "the device is already set-up"
    return err(
        f"java.lang.IllegalStateException: Not allowed to set the device owner because {reason}"
    )


def appops(state: PhoneState, words: list[str]) -> Reply:
    match words:
        case ["get", *rest]:
            names = [word for word in rest if word in state.packages]
            return out("No operations.") if names else err("Error: No UID for package", 255)
        case ["query-op", "REQUEST_INSTALL_PACKAGES", "allow"]:
            return _may_install(state)
        case ["set", *_]:
            return Reply()
    return err("Unknown command", 255)


def _may_install(state: PhoneState) -> Reply:
    if state.sdk < ANDROID_8:
        return err("Error: Unknown operation string: REQUEST_INSTALL_PACKAGES", 255)
    return out("\n".join(state.installing_apps) or "No operations.")


def ime(state: PhoneState, words: list[str]) -> Reply:
    current = state.setting("secure", "default_input_method")
    match words:
        case ["list", *options] if "-s" in options:
            return out(current)
        case ["list", *_]:
            return out(f"{current}:\n  mId={current} mSettingsActivityName=")
        case ["set" | "enable" | "disable", name, *_]:
            return out(f"Input method {name} selected for user #0")
    return err("Unknown command", 255)


def quiet(state: PhoneState, words: list[str]) -> Reply:
    """Answer a tool whose output nobody needs, as it answers with nothing to say."""
    del state, words
    return Reply()
