"""The checks of what lies on the desk: which phone it is, what came with it, who signed for it."""

from collections.abc import Collection
from typing import Final

from fleet.contracts.custody import CheckName, ProofOut
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.models import Declaration
from fleet.custody.signing import WANTED, Signed, Signer, Signing
from fleet.custody.visit import Found, Visit

SIGNERS: Final = {
    Signer.HOLDER: _("holder"),
    Signer.RECEIVER: _("receiver"),
    Signer.WITNESS: _("witness"),
}


def identity(visit: Visit) -> Found:
    """A phone that was exchanged for another one is found by its numbers, whatever its sticker."""
    if visit.facts is None:
        return Found(
            Level.NONE,
            say(_("It was not seen since the return began, so nobody knows which phone it is.")),
            say(
                _(
                    "Plug it in at a station. Where it does not start any more, compare serial "
                    "number and IMEI on its label: `workfleet gate {tag} identity --declare TEXT`."
                ),
                tag=visit.device.tag,
            ),
        )
    ours, shown = set(visit.device.imei), set(visit.facts.identity.imei)
    serial = visit.facts.identity.serial
    if serial is not None and serial != visit.device.serial:
        return _another(visit, say(_("serial number {serial}"), serial=serial))
    if ours and shown and not ours & shown:
        return _another(visit, say(_("IMEI {imei}"), imei=", ".join(sorted(shown))))
    if ours & shown:
        sentence = say(_("Serial number and IMEI are those of the register."))
        return Found(Level.VERIFIED, sentence, "", visit.sight)
    sentence = say(_("Its serial number is that of the register; its IMEI could not be compared."))
    return Found(Level.OBSERVED, sentence, "", visit.sight)


def _another(visit: Visit, what: str) -> Found:
    sentence = say(_("It is another phone: it shows {what}, the register has others."), what=what)
    advice = say(
        _("Ask the holder for {tag} itself; correct the register where that is wrong."),
        tag=visit.device.tag,
    )
    return Found(Level.NONE, sentence, advice, visit.sight, against=True)


def seen(visit: Visit) -> Found:
    if visit.seen:
        return Found(
            Level.OBSERVED, say(_("A station saw it since the return began.")), "", visit.sight
        )
    return Found(
        Level.NONE,
        say(_("No station has seen it since the return began.")),
        say(
            _("Plug it in at a station, unlocked; `workfleet device probe {tag}` looks again."),
            tag=visit.device.tag,
        ),
    )


def accessories(visit: Visit) -> Found:
    """What is noted as missing keeps nothing open: it stands on the certificate."""
    kit = visit.proofs.kit(visit.device)
    if not kit:
        return Found(Level.VERIFIED, say(_("No accessory is known to have gone out with it.")))
    names = visit.proofs.words
    out = [f"{names.get(one.word, one.word)} × {one.out}" for one in kit if one.out]
    if out:
        first = next(one.word for one in kit if one.out)
        return Found(
            Level.NONE,
            say(_("Not back yet: {things}."), things=", ".join(out)),
            say(
                _(
                    "Note what came back: `workfleet return {tag} --with {word}`, or what did not: "
                    "`--missing {word}=TEXT`."
                ),
                tag=visit.device.tag,
                word=first,
            ),
        )
    missing = [f"{names.get(one.word, one.word)} × {one.missing}" for one in kit if one.missing]
    if missing:
        text = _("Noted as missing: {things}. The rest is back.")
        return Found(Level.DECLARED, say(text, things=", ".join(missing)))
    return Found(Level.DECLARED, say(_("Everything that went out with it is back.")))


def signatures(visit: Visit) -> Found:
    signing = visit.proofs.signings.get(visit.device.id)
    if signing is None:
        return Found(Level.NONE, say(_("No exit paper was made for it: no signature is asked.")))
    if signing.before:
        return _too_early(signing)
    shown = tuple(_signature(signer, one, signing) for signer, one in signing.by.items())
    lacking = [say(SIGNERS[one]) for one in WANTED if one not in signing.by]
    if lacking:
        return Found(
            Level.NONE,
            say(_("{paper} lacks signatures: {who}."), paper=signing.paper, who=", ".join(lacking)),
            say(_("Have {paper} signed by them, on paper or on the screen."), paper=signing.paper),
            shown,
        )
    level = _weakest([one.level for one in signing.by.values()])
    return Found(level, say(_("{paper} is signed."), paper=signing.paper), "", shown)


def _too_early(signing: Signing) -> Found:
    """Say it, rather than pass over a paper that people have signed."""
    text = _("{paper} is from before this return and does not count; `workfleet paper make` anew.")
    return Found(Level.NONE, say(text, paper=signing.paper))


def _signature(signer: Signer, signed: Signed, signing: Signing) -> ProofOut:
    what = say(_("{paper}: {who}"), paper=signing.paper, who=say(SIGNERS[signer]))
    return ProofOut(
        what=what, level=signed.level, at=signed.at, by=signed.name, digest=signed.digest
    )


def _weakest(levels: Collection[Level]) -> Level:
    return min(levels, key=lambda level: level.strength)


def handed_back(visit: Visit) -> Found:
    """Nobody can be asked to hand back what nobody holds (a lost phone that was found)."""
    if visit.holding is None:
        return Found(Level.DECLARED, say(_("Nobody holds it.")))
    advice = say(_("Say so with `workfleet return {tag}`."), tag=visit.device.tag)
    return Found(Level.NONE, say(_("Its holder has not given it back.")), advice)


# What is kept as the word of whoever accepts a phone, whatever language he works in.
IN_PERSON: Final = _("Accepted in person.")


def _note(said: Declaration) -> str:
    return say(IN_PERSON) if said.note == IN_PERSON else said.note


def word_of(said: Declaration) -> ProofOut:
    """Return a person's word as a proof."""
    return ProofOut(what=_note(said), level=Level.DECLARED, at=said.at, by=said.by)


def declared_in_its_place(found: Found, said: Declaration) -> Found:
    """Return what a person says where the phone says nothing."""
    sentence = say(_("{by} says: {note}"), by=said.by, note=_note(said))
    return Found(Level.DECLARED, sentence, "", (*found.proofs, word_of(said)))


NEVER_WAIVED: Final = frozenset({CheckName.IDENTITY})  # of which phone would it be the paper?
