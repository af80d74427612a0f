"""A browser without a window or a network, driven by Chromium's DevTools protocol over two pipes.

It loads pages from files, at any width, light or dark; presses keys, moves mouse and finger as a person would; and
asks axe (WCAG 2.2 AA) what is wrong. A message is JSON and ends with a zero byte.
"""

from __future__ import annotations

import base64
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no browser here")
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, " ": 32, "Delete": 46, "Tab": 9}
HEIGHT = 900


def axe_source() -> str:
    """The accessibility checker's script; skips the test where the package that brings it is not installed."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None or package.submodule_search_locations is None:
        pytest.skip("axe is not installed: pip install --no-deps -r requirements/axe.txt")
    return (Path(package.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


class Page:
    """One page of the browser."""

    def __init__(self, to_browser: BinaryIO, from_browser: BufferedReader) -> None:
        self._to, self._from = to_browser, from_browser
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Page.enable")

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = self._from.read1(1 << 20)
            assert more, "the browser has gone"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def open(self, file: Path, width: int = 1200, *, dark: bool = False) -> None:
        """Load a file at this width and wait until it is there."""
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call("Page.navigate", url=file.resolve().as_uri())
        while self._receive().get("method") != "Page.loadEventFired":
            pass

    def run(self, script: str) -> Any:
        """What a JavaScript expression gives; of a promise, what it comes to."""
        found = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def place_of(self, selector: str) -> tuple[float, float, float, float]:
        """Left, top, width and height of an element, once it is scrolled into view."""
        box = self.run(
            f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView({{block: 'center'}});"
            "const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height] })()"
        )
        left, top, width, height = box
        return left, top, width, height

    def drag(self, points: list[tuple[float, float]]) -> None:
        """Press the mouse at the first point, move over the others, let go at the last."""
        kinds = ["mousePressed", *["mouseMoved"] * (len(points) - 1), "mouseReleased"]
        for kind, (x, y) in zip(kinds, [*points, points[-1]]):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def swipe(self, points: list[tuple[float, float]]) -> None:
        """The same with a finger."""
        for number, (x, y) in enumerate(points):
            kind = "touchMove" if number else "touchStart"
            self._call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y}])
        self._call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def click(self, selector: str) -> None:
        left, top, width, height = self.place_of(selector)
        self.drag([(left + width / 2, top + height / 2)])

    def press(self, *keys: str) -> None:
        for key in keys:
            how: dict[str, Any] = {
                "key": key,
                "windowsVirtualKeyCode": KEYS[key],
                "code": "Space" if key == " " else key,
            }
            self._call("Input.dispatchKeyEvent", type="keyDown", **how, **({"text": " "} if key == " " else {}))
            self._call("Input.dispatchKeyEvent", type="keyUp", **how)

    def screenshot(self, file: Path) -> None:
        """The whole page as a PNG picture."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        picture = self._call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        file.write_bytes(base64.b64decode(picture))

    def violations(self) -> list[str]:
        """What axe finds: the rule and the element, for every violation."""
        self.run(axe_source() + "; true")
        options = json.dumps({"runOnly": {"type": "tag", "values": WCAG}})
        found = self.run(f"axe.run(document, {options}).then((result) => result.violations)")
        return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]

    def close(self) -> None:
        self._session = None
        self._call("Browser.close")


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A browser that keeps what it must in `profile` and reaches no network."""
    from_us, to_browser = os.pipe()
    from_browser, to_us = os.pipe()
    options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    command = (
        f'exec "$0" {options} --disable-component-update --disable-sync --host-resolver-rules="MAP * ~NOTFOUND" '
        f'--remote-debugging-pipe --user-data-dir="$1" 3<&{from_us} 4>&{to_us}'
    )
    process = subprocess.Popen(
        ["bash", "-c", command, str(CHROMIUM), str(profile)],
        pass_fds=(from_us, to_us),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(from_us)
    os.close(to_us)
    # closed however a test ends, also where it is skipped
    with os.fdopen(to_browser, "wb", buffering=0) as to, os.fdopen(from_browser, "rb") as answers:
        try:
            page = Page(to, answers)
            yield page
            page.close()
            process.wait(timeout=30)
        finally:
            process.kill()
            process.wait()
