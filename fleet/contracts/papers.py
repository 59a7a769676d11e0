"""Papers on the wire: what is printed, signed and checked, frozen as it was when it was made."""

import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from fleet.contracts.accessories import Condition
from fleet.contracts.proof import Level
from fleet.contracts.wire import Day, Digest, Given, ListQuery, Moment, Reason, Short, Shown

SHORT_DIGEST: Final = 16  # letters of a digest that people compare
LARGEST_SCAN: Final = 10 * 1024 * 1024
MOST_STROKES, MOST_POINTS = 200, 6000
PAD_WIDTH, PAD_HEIGHT = 600, 200  # of the field that a signature is drawn in


class PaperKind(StrEnum):
    ISSUE_FORM = "issue_form"  # 手机领用登记表
    ACCOUNT_HAND_OVER = "account_hand_over"  # 工作微信交接单
    RETURN_SLIP = "return_slip"  # 手机归还单
    EXIT_SHEET = "exit_sheet"  # 离职交接单
    PASSWORD_LOG = "password_log"  # noqa: S105 — 密码变更登记表
    PLEDGE = "pledge"  # 诚信承诺书
    CLEARANCE = "clearance"  # 归还验收证明
    STOCKTAKE_SHEET = "stocktake_sheet"  # 盘点表


PREFIXES: Final[Mapping[PaperKind, str]] = {
    PaperKind.ISSUE_FORM: "IS",
    PaperKind.ACCOUNT_HAND_OVER: "HO",
    PaperKind.RETURN_SLIP: "RT",
    PaperKind.EXIT_SHEET: "EX",
    PaperKind.PASSWORD_LOG: "PC",
    PaperKind.PLEDGE: "PG",
    PaperKind.CLEARANCE: "CC",
    PaperKind.STOCKTAKE_SHEET: "ST",
}


class PaperState(StrEnum):
    VALID = "valid"
    REPLACED = "replaced"  # a newer one of the same thing counts
    VOID = "void"


class PaperRole(StrEnum):
    """In what quality somebody signs."""

    HOLDER = "holder"
    GIVER = "giver"
    RECEIVER = "receiver"
    WITNESS = "witness"
    HANDLER = "handler"
    CHECKER = "checker"
    LINE_HEAD = "line_head"
    IT = "it"
    ADMINISTRATION = "administration"
    FINANCE = "finance"
    HR = "hr"


class SignedHow(StrEnum):
    OWN_HAND = "own_hand"  # on a page, by whom the person is known to the server
    AT_THE_DESK = "at_the_desk"  # on a page of the desk, whose operator says who it was
    ON_PAPER = "on_paper"  # with ink, as a scan shows


class Said(Shown):
    """A word or a sentence of the paper in both languages, as it was when the paper was made."""

    zh: str
    en: str

    def spoken(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


Cell = Said | str


class Line(Shown):
    """A field of a form: its header as the form has it, and what stands there.

    `room`: people write there by hand, and at length.
    """

    name: Said
    value: Cell = ""
    room: bool = False


class Grid(Shown):
    columns: tuple[Said, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()


class Section(Shown):
    title: Said | None = None
    lines: tuple[Line, ...] = ()
    grid: Grid | None = None
    text: tuple[Said, ...] = ()


class Content(Shown):
    """All that a paper says; `copies` are the labels of the sheets that it is printed on."""

    title: Said
    copies: tuple[Said, ...] = ()
    sections: tuple[Section, ...] = ()

    def stored(self) -> dict[str, object]:
        """Return it as it is kept: what later versions add and leave empty is not in it."""
        return self.model_dump(mode="json", exclude_defaults=True)


def digest_of(number: str, made_at: Moment, content: Mapping[str, object]) -> str:
    """Return SHA-256 over the number, the moment and the content as JSON with sorted keys."""
    told = {"number": number, "made_at": made_at.isoformat(), "content": content}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def grouped(digest: str) -> str:
    """Return the beginning of a digest as people compare it: four letters and four."""
    short = digest[:SHORT_DIGEST]
    return " ".join(short[at : at + 4] for at in range(0, len(short), 4))


class HandOverReason(StrEnum):
    LEAVING = "leaving"
    TRANSFER = "transfer"
    IN_TURN = "in_turn"


class PaperIn(Given):
    """`subject`: tag, handle, employee number, number of an application, a certificate or a
    stock-take, by the kind.

    `to` and `witness` are employee numbers, of a hand-over; `since` and `until` are of a log;
    `condition` is how the phone of an application looks, left out: as it was said before.
    """

    kind: PaperKind
    subject: Short
    to: Short | None = None
    witness: Short | None = None
    because: HandOverReason | None = None
    since: Day | None = None
    until: Day | None = None
    condition: Condition | None = None
    condition_note: Short | None = None
    replace: bool = Field(default=False, description="Although the present one has signatures.")
    dry_run: bool = False


class VoidIn(Given):
    reason: Reason


# A line that was drawn: x and y in turn, in the units of the field that it was drawn in.
Stroke = Annotated[
    tuple[Annotated[int, Field(ge=0, le=PAD_WIDTH)], ...], Field(min_length=2, max_length=2000)
]


class Drawing(Given):
    strokes: tuple[Stroke, ...] = Field(min_length=1, max_length=MOST_STROKES)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if any(len(stroke) % 2 for stroke in self.strokes):
            raise PydanticCustomError("drawing_wrong", "a point has two numbers")
        if sum(map(len, self.strokes)) > 2 * MOST_POINTS:
            raise PydanticCustomError("drawing_long", "more points than a signature has")
        if any(y > PAD_HEIGHT for stroke in self.strokes for y in stroke[1::2]):
            raise PydanticCustomError("drawing_wrong", "a point outside of the field")
        return self


ShortDigest = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[0-9a-fA-F ]{16,79}$")
]


class SignIn(Given):
    """One's own signature; `digest` is the paper's that was read, or at least its beginning."""

    role: PaperRole
    digest: ShortDigest
    drawing: Drawing | None = None


class AttestIn(SignIn):
    """Somebody signs at the desk; `identity`: how the operator knows that it is he."""

    name: Short
    identity: Short  # 工牌 is enough


class ScanQuery(Given):
    """What the sender says of the scan that follows; `roles` signed on it, with commas."""

    digest: Digest
    size: int = Field(ge=1, le=LARGEST_SCAN)
    roles: str = Field(default="", pattern=r"^([a-z_]+(,[a-z_]+)*)?$", max_length=200)
    note: Short | None = None


class SignatureOut(Shown):
    role: PaperRole
    name: str
    how: SignedHow
    level: Level
    signed_at: Moment
    by: str  # whose sign-in it was: the signer's own, or the operator's
    identity: str | None
    digest: Digest
    drawing: Drawing | None = None
    scan: int | None = None


class PartyOut(Shown):
    """Who is to sign; `name` is None where whoever holds that office signs."""

    role: PaperRole
    title: Said
    name: str | None
    employee: str | None  # number
    signature: SignatureOut | None = None


class ScanOut(Shown):
    number: int
    digest: Digest
    size: int
    kind: str  # application/pdf, image/jpeg, image/png
    note: str | None
    added_at: Moment
    added_by: str


class PaperLineOut(Shown):
    """A paper as a list shows it."""

    number: str
    kind: PaperKind
    subject: str
    state: PaperState
    made_at: Moment
    made_by: str
    parties: int
    signed: int
    digest: Digest


class PaperOut(PaperLineOut):
    """`check` is the secret part of the address that the QR code leads to."""

    replaced_by: str | None
    voided_at: Moment | None
    voided_by: str | None
    void_reason: str | None
    check: str
    content: Content
    signers: list[PartyOut]
    scans: list[ScanOut]

    @property
    def is_whole(self) -> bool:
        """Tell whether the digest is that of what the paper says."""
        return digest_of(self.number, self.made_at, self.content.stored()) == self.digest


class PaperSignedOut(PaperOut):
    """`told`: what came of the signature, like what was handed out by it, and to whom."""

    told: list[str] = []


class PaperPlanOut(Shown):
    """What would be made, or the paper that was: `paper` is None with `dry_run`."""

    content: Content
    roles: list[PaperRole]
    paper: PaperOut | None
    replaces: str | None
    unchanged: bool


class VerifiedOut(Shown):
    """Whether a print is what a server has made; `state` is None where none was asked."""

    number: str
    holds: bool
    sentence: str
    state: PaperState | None
    digest: Digest | None


class PaperQuery(ListQuery):
    kind: PaperKind | None = None
    state: PaperState | None = None
    employee: str | None = Field(None, description="Number of somebody who signs it.")
    signed: Literal["all", "some", "none"] | None = None


class PaperText(Given):
    """A text of the company that papers carry: paragraphs in both languages."""

    title: Said
    paragraphs: list[Said] = Field(min_length=1, max_length=100)


class PaperTextIn(Given):
    text: PaperText
    reason: Reason
    dry_run: bool = False


class PaperTextOut(Shown):
    name: str
    number: int
    text: PaperText
    made_by: str | None
    made_at: Moment | None
    reason: str | None
