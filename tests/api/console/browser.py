"""A real Chromium, and what a person does in it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.api.console.visitor import PASSWORD

SECONDS: Final = 20
QUIET: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--ignore-certificate-errors", "--accept-lang=zh-CN,zh"),
)


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.fail("Debian's chromium-driver is not installed: scripts/setup test installs it")
    options = ChromeOptions()
    options.binary_location = program
    for word in (*QUIET, f"--user-data-dir={profile}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = Chrome(options, Service(driver))
    try:
        yield started
    finally:
        started.quit()


@dataclass
class Window:
    """The browser's window, on a server."""

    chrome: Chrome
    server: str

    def go(self, path: str) -> None:
        self.chrome.get(self.server + path)

    @property
    def path(self) -> str:
        return self.chrome.current_url.removeprefix(self.server)

    def find(self, css: str) -> WebElement:
        return self.chrome.find_element(By.CSS_SELECTOR, css)

    def type(self, **fields: str) -> None:
        for name, text in fields.items():
            self.find(f"main [name={name}]").send_keys(text)

    def choose(self, name: str, value: str) -> None:
        self.find(f"main [name={name}] option[value={value}]").click()

    def click(self, css: str) -> None:
        """Click, and wait until the page that was clicked on is gone."""
        page = self.find("html").id
        self.reach(css).click()
        self.until(lambda: self.find("html").id != page)

    def reach(self, css: str) -> WebElement:
        """Scroll to something at once: pages scroll softly by themselves."""
        found = self.find(css)
        script = "arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})"
        self.chrome.execute_script(script, found)
        return found

    def until(self, so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        WebDriverWait(self.chrome, SECONDS).until(lambda _chrome: so())

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in as somebody, who is the only one in this browser then."""
        self.chrome.delete_all_cookies()
        self.go("/login")
        self.type(username=username, password=password)
        self.click("#sign-in")

    def complaints(self) -> list[str]:
        """Return what the browser found wrong with the pages since it was asked last."""
        return [line["message"] for line in self.chrome.get_log("browser")]

    def is_too_wide(self) -> bool:
        script = (
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return bool(self.chrome.execute_script(script))
