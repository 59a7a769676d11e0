"""What is on the phone's screen, and the tree that `uiautomator dump` makes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import quoteattr

ROW_HEIGHT: Final = 160


@dataclass(frozen=True)
class Node:
    text: str
    kind: str = "android.widget.TextView"
    description: str = ""
    password: bool = False
    clickable: bool = False


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


@dataclass
class Screen:
    page: Page = HOME
    width: int = 1080
    height: int = 2400
    on: bool = True
    dumpable: bool = True

    def show(self, what: Page) -> None:
        self.page = what
        self.on = True

    @property
    def focus(self) -> str:
        return f"{self.page.package}/{self.page.activity}"

    def xml(self) -> str:
        """Return the tree as `uiautomator dump` writes it."""
        rows = "".join(self._node(index, node) for index, node in enumerate(self.page.nodes))
        frame = self._open(0, "", "android.widget.FrameLayout", (0, 0, self.width, self.height))
        return (
            "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>"
            f'<hierarchy rotation="0">{frame}>{rows}</node></hierarchy>'
        )

    def _node(self, index: int, node: Node) -> str:
        top = 120 + index * ROW_HEIGHT
        bounds = (0, top, self.width, top + ROW_HEIGHT)
        text = "•" * len(node.text) if node.password else node.text
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
            "focused": False,
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
