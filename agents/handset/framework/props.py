"""`getprop` and `setprop`."""

from agents.handset.framework.reply import Reply, err, out
from agents.handset.framework.state import PhoneState


def getprop(state: PhoneState, words: list[str]) -> Reply:
    if not words:
        lines = (f"[{key}]: [{value}]" for key, value in sorted(state.props.items()))
        return out("\n".join(lines))
    if words[0] == "-T":
        return out("\n".join(f"[{key}]: [string]" for key in sorted(state.props)))
    fallback = words[1] if len(words) > 1 else ""
    return Reply(stdout=(state.props.get(words[0], fallback) + "\n").encode())


def setprop(state: PhoneState, words: list[str]) -> Reply:
    if len(words) != 2:
        return err("setprop: Need 2 arguments", 1)
    name, value = words
    if name.startswith(("ro.", "persist.sys.", "sys.")):
        return err(f"Failed to set property '{name}' to '{value}'.\nSee dmesg for error reason.", 1)
    state.props[name] = value
    return Reply()
