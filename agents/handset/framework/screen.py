"""What is on the phone's screen, and the tree that `uiautomator dump` makes of it."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from xml.sax.saxutils import quoteattr

ROW_HEIGHT: Final = 160
FIRST_ROW: Final = 120  # pixels below the upper edge
NO_TREE: Final = '<hierarchy rotation="0" />'


@dataclass(frozen=True)
class Node:
    """`empty`: a field that shows its hint; `aside`: it waits beside the display."""

    text: str
    kind: str = "android.widget.TextView"
    description: str = ""
    password: bool = False
    clickable: bool = False
    focused: bool = False
    empty: bool = False
    aside: bool = False


@dataclass(frozen=True)
class Page:
    """One full screen: the app that owns it, its activity and its rows from top to bottom."""

    package: str
    activity: str
    nodes: tuple[Node, ...]


def page(package: str, activity: str, texts: Iterable[str]) -> Page:
    return Page(package, activity, tuple(Node(text, clickable=True) for text in texts))


HOME: Final = page(
    "com.android.launcher", ".Launcher", ("微信", "企业微信", "电话", "相机", "设置")
)
SETUP_WIZARD: Final = page(
    "com.android.provision", ".activities.DefaultActivity", ("你好", "欢迎使用", "下一步")
)
KEYGUARD: Final = page("com.android.systemui", "NotificationShade", ("向上滑动解锁",))


@dataclass
class Screen:
    """`treeless`: the app gives accessibility services nothing of what it shows."""

    page: Page = HOME
    width: int = 1080
    height: int = 2400
    on: bool = True
    dumpable: bool = True
    treeless: bool = False

    def show(self, what: Page) -> None:
        self.page = what
        self.on = True

    @property
    def focus(self) -> str:
        return f"{self.page.package}/{self.page.activity}"

    @property
    def window(self) -> str:
        """Return what tells one window from another, as `dumpsys window` writes it."""
        title = self.page.nodes[0].text if self.page.nodes else ""
        return f"{zlib.crc32(f'{self.focus} {title}'.encode()):07x}"

    def row_at(self, y: int) -> int:
        """Return which row is at a height, counted from the top."""
        return (y - FIRST_ROW) // ROW_HEIGHT

    def behind_keyguard(self) -> "Screen":
        """Return what shows while the phone is locked."""
        return replace(self, page=KEYGUARD, treeless=False)

    def xml(self) -> str:
        """Return the tree as `uiautomator dump` writes it."""
        if self.treeless:
            return f"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>{NO_TREE}"
        rows = "".join(self._node(index, node) for index, node in enumerate(self.page.nodes))
        frame = self._open(0, "", "android.widget.FrameLayout", (0, 0, self.width, self.height))
        return (
            "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>"
            f'<hierarchy rotation="0">{frame}>{rows}</node></hierarchy>'
        )

    def _node(self, index: int, node: Node) -> str:
        top = FIRST_ROW + index * ROW_HEIGHT
        left = -self.width if node.aside else 0
        bounds = (left, top, left + self.width, top + ROW_HEIGHT)
        hidden = node.password and not node.empty
        text = "•" * len(node.text) if hidden else node.text
        return self._open(index, text, node.kind, bounds, node) + " />"

    def _open(
        self,
        index: int,
        text: str,
        kind: str,
        bounds: tuple[int, int, int, int],
        node: Node | None = None,
    ) -> str:
        left, top, right, bottom = bounds
        node = node or Node(text)
        flags = {
            "checkable": False,
            "checked": False,
            "clickable": node.clickable,
            "enabled": True,
            "focusable": node.clickable,
            "focused": node.focused,
            "scrollable": False,
            "long-clickable": False,
            "password": node.password,
            "selected": False,
        }
        said = " ".join(f'{name}="{str(value).lower()}"' for name, value in flags.items())
        return (
            f'<node index="{index}" text={quoteattr(text)} resource-id="" class="{kind}" '
            f'package="{self.page.package}" content-desc={quoteattr(node.description)} {said} '
            f'bounds="[{left},{top}][{right},{bottom}]"'
        )
