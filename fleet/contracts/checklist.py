"""What a person has to switch by hand, so that a computer may work with a phone: data per maker."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from fleet.contracts.facts import Ability, PhoneFacts, Skin
from fleet.contracts.words import _

XIAOMI: Final = frozenset({Skin.HYPEROS, Skin.MIUI})
OPPO: Final = frozenset({Skin.COLOROS, Skin.REALMEUI, Skin.OXYGENOS})
VIVO: Final = frozenset({Skin.ORIGINOS, Skin.FUNTOUCH})
HUAWEI: Final = frozenset({Skin.HARMONYOS, Skin.EMUI, Skin.MAGICOS, Skin.MAGICUI})
SAMSUNG: Final = frozenset({Skin.ONEUI})
ANY: Final = frozenset(Skin)
KEYS_EXPIRE_SINCE: Final = 30  # the Android API from which on a phone forgets computers


class StepState(StrEnum):
    TO_DO = "to_do"
    LOOK = "look"  # the phone does not tell: a person looks
    DONE = "done"


@dataclass(frozen=True)
class Step:
    """`is_done` reads the facts; `None` where they do not tell."""

    id: str
    skins: frozenset[Skin]
    is_done: Callable[[PhoneFacts], bool | None]
    sentence: str


class ChecklistItem(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    state: StepState
    sentence: str


def _allows(ability: Ability) -> Callable[[PhoneFacts], bool | None]:
    return lambda facts: facts.allows(ability)


def _not_told(_facts: PhoneFacts) -> bool | None:
    return None


def _input_not_refused(facts: PhoneFacts) -> bool | None:
    """Tell only that it is refused: a right that is held says nothing of the maker's monitor."""
    return False if facts.allows("type_and_tap") is False else None


def _is_remembered(facts: PhoneFacts) -> bool | None:
    sdk = facts.os.sdk
    if sdk is None or sdk < KEYS_EXPIRE_SINCE:
        return None if sdk is None else True
    return facts.debugging.key_expiry_ms == 0


def _speaks_for_itself(facts: PhoneFacts) -> bool | None:
    return not facts.os.container


STEPS: Final = (
    Step(
        "xiaomi_security_settings",
        XIAOMI,
        _allows("type_and_tap"),
        _(
            "Developer options: switch on “USB debugging (Security settings)”. It needs a Mi "
            "account signed in and a SIM inserted, and may go off at a restart."
        ),
    ),
    Step(
        "xiaomi_install",
        XIAOMI,
        _allows("install_apps"),
        _("Developer options: switch on “Install via USB”. It needs the same account and SIM."),
    ),
    Step(
        "oppo_permission_monitoring",
        OPPO,
        _allows("change_settings"),
        _(
            "Developer options: switch on “Disable permission monitoring”, then USB debugging off "
            "and on again."
        ),
    ),
    Step(
        "oppo_vivo_install",
        OPPO | VIVO,
        _not_told,
        _("Have the password of the maker's account at hand: an installation by USB asks for it."),
    ),
    Step(
        "vivo_usb_operation",
        VIVO,
        _input_not_refused,
        _("Developer options: allow operation by USB, or taps and typing are refused."),
    ),
    Step(
        "huawei_charge_only",
        HUAWEI,
        _not_told,
        _("Developer options: switch on “Allow ADB debugging in charge only mode”."),
    ),
    Step(
        "samsung_auto_blocker",
        SAMSUNG,
        _not_told,
        _("Security and privacy: switch off “Auto Blocker”, which blocks commands by USB."),
    ),
    Step(
        "keep_trust",
        ANY,
        _is_remembered,
        _(
            "Developer options: switch on “Disable adb authorization timeout”, or the phone "
            "forgets this computer a week after its last visit."
        ),
    ),
    Step(
        "not_the_phone",
        frozenset({Skin.HARMONYOS}),
        _speaks_for_itself,
        _("An Android inside HarmonyOS answers: what is said of it is not said of the phone."),
    ),
)
STATES: Final = {True: StepState.DONE, False: StepState.TO_DO, None: StepState.LOOK}
ORDER: Final = tuple(StepState)


def checklist(facts: PhoneFacts) -> list[ChecklistItem]:
    """Return the steps for this phone's maker: first what is to be done, last what is."""
    items = [
        ChecklistItem(id=step.id, state=STATES[step.is_done(facts)], sentence=step.sentence)
        for step in STEPS
        if facts.os.skin in step.skins
    ]
    return sorted(items, key=lambda item: ORDER.index(item.state))
