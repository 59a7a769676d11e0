"""The registers as spreadsheets: every column that a file may have, and what becomes of it.

Templates, imports, exports and the manual are written from this one list. The headers are those of
forms people already keep; the field names of the API are understood as well. No register has a
column for a password.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final

from fleet.contracts.words import _


class Kind(StrEnum):
    DEPARTMENTS = "departments"
    EMPLOYEES = "employees"
    PHONES = "phones"
    SIMS = "sims"
    ACCOUNTS = "accounts"
    PARTNERS = "partners"
    HOLDINGS = "holdings"  # who has what: taken in, it is handed out


class Value(StrEnum):
    TEXT = "text"
    HANDLE = "handle"  # stands in an address
    DIGITS = "digits"  # a phone number
    ICCID = "iccid"
    IMEI = "imei"
    DAY = "day"
    CHOICE = "choice"
    YES_NO = "yes_no"
    COUNT = "count"


class Use(StrEnum):
    TAKEN = "taken"
    SHOWN = "shown"  # told by exports; a verb of its own changes it
    NOT_KEPT = "not_kept"


@dataclass(frozen=True)
class Column:
    """`name` is the English header, `zh` the Chinese; `choices` give the word of each value."""

    name: str
    zh: str
    aliases: tuple[str, ...] = ()
    value: Value = Value.TEXT
    use: Use = Use.TAKEN
    required: bool = False
    note: str = ""
    example: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    def header(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.name

    @property
    def as_text(self) -> bool:
        """Tell whether a spreadsheet must be kept from taking it for a number."""
        return self.use is not Use.NOT_KEPT and self.value not in {Value.DAY, Value.COUNT}


@dataclass(frozen=True)
class Register:
    kind: Kind
    zh: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)

    def written(self) -> list[Column]:
        """Return the columns of an export."""
        return [one for one in self.columns if one.use is not Use.NOT_KEPT]

    def asked(self) -> list[Column]:
        """Return the columns of a template."""
        return [one for one in self.columns if one.use is Use.TAKEN]


def _not_kept(name: str, zh: str, *aliases: str) -> Column:
    return Column(name, zh, aliases, use=Use.NOT_KEPT)


def _shown(name: str, zh: str, *aliases: str) -> Column:
    return Column(name, zh, aliases, use=Use.SHOWN)


KINDS_OF_ACCOUNTS: Final = {"wechat": "微信", "wecom": "企业微信", "official": "公众号"}
OWNER_KINDS: Final = {"company": "企业", "person": "个人"}
STANDINGS: Final = {"employed": "在职", "left": "离职", "company": "公司", "outsider": "外部人员"}
YES_NO: Final = {"yes": "是", "no": "否"}
# How people write it in the cell of a form.
YES: Final = frozenset({"是", "有", "已", "y", "yes", "true", "1", "√", "✓"})
NO: Final = frozenset({"否", "无", "未", "没有", "n", "no", "false", "0", "×", "✗", "x"})
NOTE: Final = _not_kept("note", "备注", "说明")
NOTE_KEPT: Final = Column("note", "备注", ("说明",))

DEPARTMENTS: Final = Register(
    Kind.DEPARTMENTS,
    "部门",
    (
        Column(
            "code",
            "部门编码",
            ("部门代码", "部门编号", "编码"),
            Value.HANDLE,
            required=True,
            note=_("What tells departments apart; it is never changed."),
            example="D100",
        ),
        Column("name", "部门名称", ("部门", "名称"), required=True, example="销售部"),
        Column(
            "parent",
            "上级部门",
            ("上级部门编码", "上级编码"),
            note=_("Code or name of the department above; it may stand in this file as well."),
            example="D001",
        ),
        Column(
            "head",
            "负责人工号",
            ("负责人", "部门负责人"),
            note=_("Employee number. Employees come first: leave this out the first time."),
            example="E1001",
        ),
        Column(
            "responsible",
            "第一责任人工号",
            ("第一责任人", "第一责任人编号"),
            note=_("Employee number of who answers for the department's groups first."),
            example="E1001",
        ),
        NOTE,
    ),
)
EMPLOYEES: Final = Register(
    Kind.EMPLOYEES,
    "员工",
    (
        Column(
            "number",
            "工号",
            ("员工编号", "员工号", "人员编号"),
            Value.HANDLE,
            required=True,
            note=_("What tells employees apart; it is never changed."),
            example="E1037",
        ),
        Column("name", "姓名", ("员工姓名",), required=True, example="王芳"),
        Column(
            "department",
            "部门",
            ("部门编码", "所属部门", "部门名称", "部门代码"),
            required=True,
            note=_("Code or name of a department that is registered."),
            example="D100",
        ),
        Column("position", "岗位", ("职位", "职务"), example="销售经理"),
        Column(
            "posts",
            "兼任岗位",
            ("兼职岗位", "其他岗位", "兼任"),
            note=_("Posts beside the main one: code and title, with semicolons between."),
            example="D200 项目助理; D300 顾问",
        ),
        Column("joined_on", "入职日期", ("入职时间",), Value.DAY, example="2026-03-01"),
        _shown("status", "状态"),
        Column("leaves_on", "离职日期", ("离职时间", "最后工作日"), Value.DAY, Use.SHOWN),
        NOTE,
    ),
)
PARTNERS: Final = Register(
    Kind.PARTNERS,
    "合作单位",
    (
        Column(
            "name",
            "合作单位",
            ("单位名称", "合作伙伴", "公司名称"),
            Value.HANDLE,
            required=True,
            note=_("What tells partners apart; it is never changed."),
            example="某某科技有限公司",
        ),
        Column("contact", "联系人", ("对接人",), example="赵敏"),
        Column("number", "联系电话", ("电话", "手机号"), Value.DIGITS, example="13800138000"),
        Column(
            "department",
            "归口部门",
            ("部门", "部门编码", "对接部门"),
            note=_("Code or name of a department that is registered."),
            example="D100",
        ),
        _shown("state", "合作状态", "状态"),
        _shown("state_since", "状态日期"),
        _shown("because", "原因"),
        NOTE,
    ),
)
PHONES: Final = Register(
    Kind.PHONES,
    "手机领用登记表",
    (
        _not_kept("no", "序号"),
        Column(
            "tag",
            "资产编号",
            ("标签", "设备编号"),
            Value.HANDLE,
            note=_("The number on the sticker; the next free one when left out."),
            example="WF-0311",
        ),
        Column("brand", "品牌", (), example="Xiaomi"),
        Column("market_name", "型号", ("市场名称", "销售名称"), example="Xiaomi 14"),
        Column("model", "型号代码", ("型号编码", "入网型号"), example="23127PN0CC"),
        Column("colour", "颜色/容量", ("颜色", "容量"), example="黑色 256GB"),
        Column(
            "imei1",
            "IMEI1",
            ("IMEI", "串号", "IME号码", "机身ID"),
            Value.IMEI,
            example="490154203237518",
        ),
        Column("imei2", "IMEI2", ("IMEI 2",), Value.IMEI, example="356938035643809"),
        Column(
            "serial",
            "序列号",
            ("SN", "S/N", "设备序列号"),
            required=True,
            note=_("By it the station knows the phone; it is never changed."),
            example="8A7X0123",
        ),
        _shown("number", "手机号", "手机号码"),
        _shown("iccid", "ICCID"),
        _not_kept("accessories", "配件"),
        Column("condition", "新旧程度", ("成色",), example="九成新"),
        _not_kept("value", "原值"),
        _shown("department", "领用部门"),
        _shown("holder", "领用人", "使用人", "现领用人"),
        _shown("holder_number", "工号"),
        _shown("issued_on", "领用日期", "领用时间"),
        Column("purpose", "用途", (), example="销售"),
        Column(
            "owner",
            "责任人工号",
            ("责任人",),
            Value.HANDLE,
            note=_("Employee number of whoever answers for it."),
            example="E1001",
        ),
        Column(
            "shared",
            "共用",
            ("是否共用", "公用"),
            Value.YES_NO,
            note=_("Several use it; its holder is the main user."),
            example="否",
            choices=YES_NO,
        ),
        Column("bought_on", "购买日期", ("购入日期", "采购日期"), Value.DAY, example="2026-03-01"),
        Column("warranty_until", "保修期至", ("保修到期", "保修截止"), Value.DAY),
        _shown("handler", "经手人", "经办人"),
        _not_kept("signature", "领用人签字"),
        _not_kept("returned_on", "归还日期"),
        _not_kept("return_condition", "归还状况"),
        _not_kept("checker", "验收人"),
        _shown("state", "状态"),
        NOTE_KEPT,
    ),
)
SIMS: Final = Register(
    Kind.SIMS,
    "手机卡台账",
    (
        _not_kept("no", "序号"),
        Column(
            "number",
            "手机号",
            ("手机号码", "号码", "电话号码"),
            Value.DIGITS,
            required=True,
            example="13800138000",
        ),
        Column("carrier", "运营商", (), example="中国移动"),
        Column(
            "iccid",
            "ICCID",
            ("卡号", "SIM卡号"),
            Value.ICCID,
            required=True,
            note=_("The number printed on the card, 19 or 20 digits."),
            example="89860012345678901234",
        ),
        Column("registered_owner", "实名主体", ("实名人",), example="某某有限公司"),
        Column(
            "owner_kind",
            "实名类型",
            ("主体类型",),
            Value.CHOICE,
            note=_("Registered to the company, or to a person."),
            example="企业",
            choices=OWNER_KINDS,
        ),
        Column(
            "actual_user",
            "实际使用人",
            (),
            note=_("Where that is not its holder."),
            example="王芳",
        ),
        _shown("holder", "领用人", "使用人", "现领用人"),
        _shown("holder_number", "工号"),
        Column("plan", "套餐", (), example="5G 畅享 59"),
        _not_kept("monthly_fee", "月租"),
        Column("opened_on", "开卡日期", ("开卡时间", "开户日期"), Value.DAY, example="2026-03-01"),
        _shown("accounts", "绑定微信号"),
        _shown("device", "插入设备"),
        _shown("state", "状态"),
        _shown("quarantined_until", "静默期至"),
        NOTE_KEPT,
    ),
)
ACCOUNTS: Final = Register(
    Kind.ACCOUNTS,
    "工作微信账号台账",
    (
        _not_kept("no", "序号"),
        Column(
            "kind",
            "账号类型",
            ("类型",),
            Value.CHOICE,
            note=_("WeChat where it is left out."),
            example="微信",
            choices=KINDS_OF_ACCOUNTS,
        ),
        Column("handle", "微信号", ("账号", "工作微信号"), Value.HANDLE, example="sales_wangfang"),
        Column("nickname", "昵称", (), example="某某公司-王芳"),
        Column("number", "绑定手机号", ("手机号", "绑定手机"), Value.DIGITS, example="13800138000"),
        Column("contact", "绑定QQ/邮箱", ("绑定QQ", "绑定邮箱"), example="wx@example.com"),
        Column("real_name", "是否实名", ("实名",), Value.YES_NO, example="是", choices=YES_NO),
        Column(
            "card_bound", "是否绑卡", ("绑卡", "card"), Value.YES_NO, example="否", choices=YES_NO
        ),
        Column("contacts", "外部联系人数", ("客户数", "好友数"), Value.COUNT, example="214"),
        Column("contacts_on", "统计日期", (), Value.DAY, example="2026-11-02"),
        _shown("holder", "使用人"),
        _shown("holder_number", "工号"),
        Column(
            "department",
            "部门",
            ("部门编码", "部门名称"),
            note=_("Code or name of a department that is registered."),
            example="D100",
        ),
        Column("registrant", "首次注册人", ("注册人",), example="王芳"),
        Column(
            "registrant_standing",
            "注册人身份",
            ("注册人状态",),
            Value.CHOICE,
            example="在职",
            choices=STANDINGS,
        ),
        Column(
            "administrators",
            "管理员",
            ("公众号管理员",),
            note=_("Of official accounts."),
            example="王芳、李雷",
        ),
        _shown("device", "所在设备"),
        Column(
            "opened_on",
            "启用日期",
            ("启用时间", "in_use_since"),
            Value.DAY,
            example="2026-03-01",
        ),
        _shown("password_changed_at", "密码最近变更"),
        _shown("password_due_at", "下次变更"),
        _shown("state", "状态"),
        Column(
            "wecom_userid",
            "企业微信userid",
            ("企业微信ID", "userid"),
            Value.HANDLE,
            note=_("Of WeCom accounts: what tells them apart."),
        ),
        NOTE_KEPT,
    ),
)
HOLDINGS: Final = Register(
    Kind.HOLDINGS,
    "领用配对表",
    (
        _not_kept("no", "序号"),
        Column(
            "number",
            "工号",
            ("员工编号", "员工号"),
            Value.HANDLE,
            required=True,
            note=_("Of whoever is given what stands in the row."),
            example="E1037",
        ),
        Column(
            "name",
            "领用人",
            ("姓名", "使用人", "现领用人"),
            note=_("Compared with the register: a wrong number is found by it."),
            example="王芳",
        ),
        Column("tag", "资产编号", ("标签", "设备编号"), Value.HANDLE, example="WF-0311"),
        Column("sim", "手机号", ("手机号码", "号码"), Value.DIGITS, example="13800138000"),
        Column("account", "微信号", ("账号", "工作微信号"), Value.HANDLE, example="sales_wangfang"),
        Column(
            "kind",
            "账号类型",
            ("类型",),
            Value.CHOICE,
            note=_("WeChat where it is left out."),
            example="微信",
            choices=KINDS_OF_ACCOUNTS,
        ),
        Column(
            "registrant_seen",
            "已知首次注册人",
            (),
            Value.CHOICE,
            note=_("Needed where somebody else registered the account first."),
            example="是",
            choices={"yes": "是", "no": "否"},
        ),
        Column(
            "due_on",
            "借用至",
            ("应还日期", "归还期限"),
            Value.DAY,
            note=_("Of a loan; empty for good."),
            example="2026-12-31",
        ),
        _shown("department", "领用部门"),
        _shown("issued_on", "领用日期", "领用时间"),
        _shown("issued_by", "经手人", "经办人"),
        NOTE,
    ),
)
REGISTERS: Final[Mapping[Kind, Register]] = {
    one.kind: one for one in (DEPARTMENTS, EMPLOYEES, PHONES, SIMS, ACCOUNTS, PARTNERS, HOLDINGS)
}
# What begins so in its first cell shows how a row looks, and is no row.
EXAMPLES: Final = ("示例：", "示例:", "Example: ")
SECRETS: Final = re.compile(
    r"密码|口令|锁屏码|解锁码|pin码|puk|passw|passcode|\bpwd\b|^pin\d?$|验证码", re.IGNORECASE
)
_ASIDE: Final = re.compile(r"\([^()]*\)$")


def plain_header(text: str) -> str:
    """Return a header as it is compared: width, case, blanks, stars and asides do not matter."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    bare = re.sub(r"[\s*:_\u200b\ufeff]", "", narrow)
    return _ASIDE.sub("", bare)


@cache
def headers_of(kind: Kind) -> Mapping[str, Column]:
    """Return the columns of a register by every header that stands for them."""
    return {
        plain_header(text): column
        for column in REGISTERS[kind].columns
        for text in (column.name, column.zh, *column.aliases)
    }


def is_secret(header: str) -> bool:
    """Tell whether a column that no register has would hold passwords or codes."""
    return SECRETS.search(unicodedata.normalize("NFKC", header).strip()) is not None
