"""SIMs and IMEI: `dumpsys isub`, `dumpsys telephony.registry`, `service call iphonesubinfo`."""

from collections.abc import Sequence
from typing import Final

from agents.handset.framework.reply import Reply, out
from agents.handset.framework.state import PhoneState, Sim

INTERFACE: Final = "com.android.internal.telephony.IPhoneSubInfo"


def sim_props(sims: Sequence[Sim], slots: int = 2) -> dict[str, str]:
    """Return the properties that say which SIM is in which slot."""
    by_slot = {sim.slot: sim for sim in sims}
    rows = [by_slot.get(slot) for slot in range(slots)]
    return {
        "gsm.sim.state": ",".join(sim.state if sim else "ABSENT" for sim in rows),
        "gsm.sim.operator.alpha": ",".join(sim.carrier if sim else "" for sim in rows),
        "gsm.sim.operator.numeric": ",".join(sim.operator if sim else "" for sim in rows),
        "gsm.operator.alpha": ",".join(sim.carrier if sim else "" for sim in rows),
        "gsm.sim.operator.iso-country": ",".join("cn" if sim else "" for sim in rows),
    }


def dump_isub(state: PhoneState, words: list[str]) -> str:
    del words
    rows = "\n".join(f"  {_subscription(state, sim)}" for sim in state.sims)
    listed = rows or "  is null"
    return (
        "SubscriptionManagerService:\n Active modem count=2\n"
        f" ActiveSubInfoList:\n{listed}\n++++++++++++++++++++++++++++++++\n"
        f" AllSubInfoList:\n{listed}"
    )


def _subscription(state: PhoneState, sim: Sim) -> str:
    # From Android 11 on the dump shortens the card's number.
    shown = sim.iccid if state.sdk < 30 else f"{sim.iccid[:9]}[****]"
    return (
        f"{{id={sim.subscription} iccId={shown} simSlotIndex={sim.slot} carrierId=1436 "
        f"displayName={sim.carrier} carrierName={sim.carrier} nameSource=1 number={sim.number} "
        f"mcc={sim.operator[:3]} mnc={sim.operator[3:]} countryIso=cn isEmbedded=false}}"
    )


def dump_registry(state: PhoneState, words: list[str]) -> str:
    del words
    by_slot = {sim.slot: sim for sim in state.sims}
    blocks = [_phone(slot, by_slot.get(slot)) for slot in range(2)]
    return "\n".join(["last known state:", *blocks])


def _phone(slot: int, sim: Sim | None) -> str:
    voice = "0(IN_SERVICE)" if sim else "1(OUT_OF_SERVICE)"
    carrier = f"{sim.carrier}, {sim.carrier}, {sim.operator}" if sim else "null, null, null"
    return (
        f"  Phone Id={slot}\n    mCallState=0\n    mCallIncomingNumber=\n"
        f"    mServiceState={{mVoiceRegState={voice}, mDataRegState={voice}, {carrier}}}\n"
        f"    mDataConnectionState={2 if sim else 0}\n    mCallForwarding=false"
    )


def dump_iphonesubinfo(state: PhoneState, words: list[str]) -> str:
    del state, words
    return "Phone Subscriber Info:\n  Phone Type = GSM"


def service(state: PhoneState, words: list[str]) -> Reply:
    match words:
        case ["list", *_]:
            return out(f"Found 1 services:\n0\tiphonesubinfo: [{INTERFACE}]")
        case ["check", name, *_]:
            known = name == "iphonesubinfo"
            return out(f"Service {name}: {'found' if known else 'not found'}")
        case ["call", "iphonesubinfo", "1", *_] if state.imeis:
            return out(parcel(state.imeis[0]))
        case ["call", "iphonesubinfo", _, *_]:
            return out("Result: Parcel(00000000 ffffffff   '........')")
        case ["call", name, *_]:
            return out(f"service: Service {name} does not exist", 10)
    return out("Usage: service [-h|-?]\n       service list", 10)


def parcel(text: str) -> str:
    """Return the hexadecimal picture of a parcel that holds no error and one string."""
    body = (0).to_bytes(4, "little") + len(text).to_bytes(4, "little")
    body += (text + "\0").encode("utf-16-le")
    body += b"\0" * (-len(body) % 4)
    rows = [body[start : start + 16] for start in range(0, len(body), 16)]
    lines = [_parcel_row(index * 16, row) for index, row in enumerate(rows)]
    return "Result: Parcel(\n" + "\n".join(lines) + ")"


def _parcel_row(offset: int, row: bytes) -> str:
    words = (int.from_bytes(row[at : at + 4], "little") for at in range(0, len(row), 4))
    said = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
    return f"  0x{offset:08x}: {' '.join(f'{word:08x}' for word in words):<35} '{said}'"
