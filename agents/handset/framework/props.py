"""`getprop` and `setprop`."""

from typing import Final

from agents.handset.framework.reply import Reply, err, out
from agents.handset.framework.state import PhoneState

ONCE_STARTED: Final = frozenset({"sys.boot_completed", "dev.bootcomplete"})


def getprop(state: PhoneState, words: list[str]) -> Reply:
    props = _props(state)
    if not words:
        return out("\n".join(f"[{key}]: [{value}]" for key, value in sorted(props.items())))
    if words[0] == "-T":
        return out("\n".join(f"[{key}]: [string]" for key in sorted(props)))
    fallback = words[1] if len(words) > 1 else ""
    return Reply(stdout=(props.get(words[0], fallback) + "\n").encode())


def _props(state: PhoneState) -> dict[str, str]:
    if state.started:
        return state.props
    said = {key: value for key, value in state.props.items() if key not in ONCE_STARTED}
    return {**said, "init.svc.bootanim": "running"}


def setprop(state: PhoneState, words: list[str]) -> Reply:
    if len(words) != 2:
        return err("setprop: Need 2 arguments", 1)
    name, value = words
    if name.startswith(("ro.", "persist.sys.", "sys.")):
        return err(f"Failed to set property '{name}' to '{value}'.\nSee dmesg for error reason.", 1)
    state.props[name] = value
    return Reply()
