"""`dumpsys lock_settings`, `trust` and `window`: what a phone says about its lock and screen."""

from agents.handset.framework.lock import Kind
from agents.handset.framework.state import PhoneState


def lock_settings(state: PhoneState, words: list[str]) -> str:
    del words
    lock = state.lock
    sid = f"{(lock.generation + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}" if lock.secure else "0"
    if state.sdk < 30:
        return _lock_settings_before_11(sid)
    lines = [
        "Current lock settings service state:",
        "",
        "User State:",
        "  User 0",
        f"    SP Handle: {sid[:16]}",
        "    Last changed: 2026-03-02 09:41:07 (previous: 0)",
        f"    SID: {sid}",
    ]
    lines.append("    Quality: 0" if state.sdk >= 33 else _quality(lock.kind))
    lines.append(f"    CredentialType: {credential_type(state)}")
    lines.append("    SeparateChallenge: true")
    lines += ["", "Keys in namespace:", "", "Storage:", "  User 0:", ""]
    return "\n".join(lines)


def _lock_settings_before_11(sid: str) -> str:
    """Return the older form, which does not say what kind of lock is set."""
    return (
        "Current lock settings service state:\nSP Enabled = true\n    User 0\n"
        f"        SP Handle = {sid}\n        SID = {sid}\n"
    )


def _quality(kind: Kind) -> str:
    return "    Quality: 0" if kind is Kind.NONE else "    Quality: 196608"


def credential_type(state: PhoneState) -> str:
    """Return the word for the kind of lock, as spelt by this version."""
    name = str(state.lock.kind)
    if name == "pin":
        return "PIN" if state.sdk >= 33 else "Pin"
    if name == "none":
        return "NONE" if state.sdk >= 33 else "None"
    return name.upper() if state.sdk >= 33 else name.capitalize()


def trust(state: PhoneState, words: list[str]) -> str:
    del words
    locked = int(state.lock.locked)
    more = f", trustState=UNTRUSTED, deviceLocked={locked}, isActiveUnlockRunning=0"
    tail = more if state.sdk >= 33 else f", deviceLocked={locked}"
    strong = "0x1" if state.bootreason != "reboot" and state.lock.locked else "0x0"
    return (
        "Trust manager state:\n"
        f' User "机主" (id=0, flags=0x4c13) (current): trusted=0, trustManaged=0{tail}, '
        f"strongAuthRequired={strong}\n   Enabled agents:\n   Events:"
    )


def window(state: PhoneState, words: list[str]) -> str:
    if words[:1] in (["policy"], ["p"]):
        return _window_policy(state)
    focus = state.screen.focus
    return (
        "WINDOW MANAGER DISPLAY CONTENTS (dumpsys window displays)\n"
        f"  Display: mDisplayId=0\n    init={state.screen.width}x{state.screen.height} 480dpi\n"
        f"  mCurrentFocus=Window{{7c1f0a4 u0 {focus}}}\n"
        f"  mFocusedApp=ActivityRecord{{4f2b1d9 u0 {focus} t12}}"
    )


def _window_policy(state: PhoneState) -> str:
    showing = str(state.lock.locked and state.screen.on).lower()
    return (
        "WINDOW MANAGER POLICY STATE (dumpsys window policy)\n"
        f"    mSafeMode=false mSystemReady=true\n    screenState=SCREEN_STATE_"
        f"{'ON' if state.screen.on else 'OFF'}\n"
        "    KeyguardServiceDelegate\n"
        f"      showing={showing}\n      inputRestricted={showing}\n      occluded=false\n"
        f"      secure={str(state.lock.secure).lower()}\n      dreaming=false\n"
        f"      systemIsReady=true\n      KeyguardStateMonitor\n        mIsShowing={showing}"
    )
