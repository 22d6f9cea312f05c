"""Chromium driven by its own protocol: pages at any width, scheme and medium, with axe, console and requests."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import websocket
from report.browser import FLAGS, chromium

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
WAIT_SECONDS = 90
_RUN_AXE = "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map((rule) => rule.id + ': ' + rule.nodes.slice(0, 3).map((node) => node.html).join(' | ')))"  # noqa: E501


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    width: int = 1280
    height: int = 900
    dark: bool = False
    printed: bool = False
    scripts: bool = True


@dataclass
class Page:
    """One tab."""

    socket: websocket.WebSocket
    said: list[str] = field(default_factory=list)
    """What the console said: errors, warnings and exceptions."""
    asked: list[str] = field(default_factory=list)
    """Addresses that the page asked for, its own included."""
    loaded: bool = False
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call the protocol, and wait for the answer."""
        number = next(self._numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer)
                return dict(answer["result"])
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case "Page.loadEventFired":
                self.loaded = True
            case "Network.requestWillBeSent":
                self.asked.append(parameters["request"]["url"])
            case "Log.entryAdded" if parameters["entry"]["level"] in {"error", "warning"}:
                self.said.append(parameters["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.said.append(str(parameters["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                self.said.append(str(parameters["args"]))

    def open(self, url: str, look: Look = Look()) -> None:
        """Open an address and wait until it is loaded; what was said and asked begins anew."""
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setScriptExecutionDisabled", value=not look.scripts)
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        size = {"width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if look.dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="print" if look.printed else "screen", features=[scheme])
        self._go("about:blank")  # an address that differs in its fragment only is not loaded anew
        self.said.clear()
        self.asked.clear()
        self._go(url)

    def _go(self, url: str) -> None:
        self.loaded = False
        self.call("Page.navigate", url=url)
        end = time.monotonic() + WAIT_SECONDS
        while not self.loaded:
            assert time.monotonic() < end, f"{url} did not load"
            self._note(json.loads(self.socket.recv()))

    def follow(self, link: str) -> None:
        """Click what an expression gives, which leads to another page, and wait until that is loaded."""
        self.loaded = False
        self.value(f"void setTimeout(() => {link}.click())")  # the answer comes before the page goes
        end = time.monotonic() + WAIT_SECONDS
        while not self.loaded:
            assert time.monotonic() < end, f"{link} leads nowhere"
            self._note(json.loads(self.socket.recv()))

    def until_open(self, url: str, expression: str) -> None:
        """Open an address again and again until an expression is true of it."""
        end = time.monotonic() + WAIT_SECONDS
        self.open(url)
        while not self.value(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.2)
            self.open(url)

    def value(self, expression: str) -> Any:
        """Evaluate an expression in the page; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def violations(self) -> list[str]:
        """Run axe over the page as it is: all of its rules."""
        self.value(AXE.read_text(encoding="utf-8"))
        found = self.value(_RUN_AXE)
        assert isinstance(found, list)
        return found

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + WAIT_SECONDS
        while not self.value(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.1)


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """Start a browser with one tab; it ends with the context."""
    profile = folder / "profile"
    command = [
        chromium(),
        *FLAGS,
        "--remote-debugging-port=0",
        "--remote-allow-origins=*",
        f"--user-data-dir={profile}",
    ]
    with subprocess.Popen([*command, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            with closing(websocket.create_connection(_tab(profile), timeout=WAIT_SECONDS)) as socket:
                yield Page(socket)
        finally:
            process.kill()


def _tab(profile: Path) -> str:
    """Find the address of the tab, once the browser listens."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        with suppress(OSError, IndexError, StopIteration, ValueError):
            port = int((profile / "DevToolsActivePort").read_text().splitlines()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=5) as answer:
                tabs = json.loads(answer.read())
            return str(next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"))
        time.sleep(0.1)
    message = "the browser did not begin to listen"
    raise AssertionError(message)


def axe_is_ours() -> bool:
    """Tell whether the file is the one that was vendored."""
    return sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256
