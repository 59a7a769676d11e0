"""`dumpsys lock_settings`, `trust` and `window`: what a phone says about its lock and screen."""

from agents.handset.framework.state import PhoneState


def lock_settings(state: PhoneState, words: list[str]) -> str:
    del words
    lock = state.lock
    sid = f"{(lock.generation + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}" if lock.secure else "0"
    if not state.personality.type_words:
        return _lock_settings_before_11(sid)
    lines = ["Current lock settings service state:", "", "User State:"]
    lines += _user_state(state, 0, str(lock.kind), sid)
    for user in state.users:
        if user.number:
            lines += _user_state(state, user.number, user.lock, "0", separate=user.separate)
    lines += ["", "Keys in namespace:"]
    if state.personality.second_type:
        lines += ["  User 0 [/data/system_de/0/spblob]:", "    CredentialType: NONE"]
    lines += ["", "Storage:", "  User 0:", ""]
    return "\n".join(lines)


def _user_state(
    state: PhoneState, number: int, kind: str, sid: str, *, separate: bool = True
) -> list[str]:
    quality = "0" if kind == "none" or state.personality.type_words == "CAPITALS" else "196608"
    return [
        f"  User {number}",
        f"    SP Handle: {sid[:16]}",
        "    Last changed: 2026-03-02 09:41:07 (previous: 0)",
        f"    SID: {sid}",
        f"    Quality: {quality}",
        f"    CredentialType: {state.personality.kind(kind)}",
        f"    SeparateChallenge: {str(separate).lower()}",
    ]


def _lock_settings_before_11(sid: str) -> str:
    """Return the older form, which does not say what kind of lock is set."""
    return (
        "Current lock settings service state:\nSP Enabled = true\n    User 0\n"
        f"        SP Handle = {sid}\n        SID = {sid}\n"
    )


def trust(state: PhoneState, words: list[str]) -> str:
    del words
    locked = int(state.lock.locked)
    more = f", trustState=UNTRUSTED, deviceLocked={locked}, isActiveUnlockRunning=0"
    tail = more if state.sdk >= 33 else f", deviceLocked={locked}"
    strong = "0x1" if state.bootreason != "reboot" and state.lock.locked else "0x0"
    rows = (
        f' User "{user.name}" (id={user.number}, flags=0x{user.flags:x})'
        f"{' (current)' * (user.number == state.current_user)}: trusted=0, trustManaged=0{tail}, "
        f"strongAuthRequired={strong}\n   Enabled agents:\n   Events:\n"
        for user in state.users
    )
    return "Trust manager state:\n" + "".join(rows).rstrip("\n")


def window(state: PhoneState, words: list[str]) -> str:
    if words[:1] in (["policy"], ["p"]):
        return _window_policy(state)
    screen = state.screen.behind_keyguard() if state.lock.locked else state.screen
    focus = screen.focus
    return (
        "WINDOW MANAGER DISPLAY CONTENTS (dumpsys window displays)\n"
        f"  Display: mDisplayId=0\n    init={state.screen.width}x{state.screen.height} 480dpi\n"
        f"  mCurrentFocus=Window{{{screen.window} u0 {focus}}}\n"
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
