"""Chromium, driven over a pipe by its DevTools protocol: one browser for many pages, keys as a person presses them."""

import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# A browser that is asked for local files, and for nothing else: no updates, no sync, no look-ups.
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars")  # fmt: skip
KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), "ArrowDown": (40, "")}


class Browser:
    """`page`: opens a page of its own. All that a page writes to the console, and its errors, are in `Page.messages`."""

    def __init__(self, profile: Path, patience_s: float = 240) -> None:
        self.patience_s = patience_s
        (read_in, write_in), (read_out, write_out) = os.pipe(), os.pipe()

        def as_three_and_four() -> None:
            low, high = os.dup(read_in), os.dup(write_out)
            os.dup2(low, 3)
            os.dup2(high, 4)

        self.process = subprocess.Popen(
            [str(CHROMIUM), *QUIET, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"],
            close_fds=False, preexec_fn=as_three_and_four, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(read_in)
        os.close(write_out)
        self.to, self.back = write_in, read_out
        self.waiting = b""
        self.numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])

    def receive(self) -> dict[str, Any]:
        until = time.monotonic() + self.patience_s
        while b"\0" not in self.waiting:
            ready, _, _ = select.select([self.back], [], [], max(0, until - time.monotonic()))
            assert ready, f"no answer from Chromium within {self.patience_s} s"
            self.waiting += os.read(self.back, 1 << 20)
        message, _, self.waiting = self.waiting.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        if "method" in found:
            self.events.append(found)
        return found

    def page(self, path: Path, fragment: str = "", width: int = 1280, height: int = 900, dark: bool = False) -> "Page":
        return Page(self, path, fragment, width, height, dark)

    def close(self) -> None:
        os.close(self.to)
        os.close(self.back)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Page:
    """One page: waits until its script is through."""

    def __init__(self, browser: Browser, path: Path, fragment: str, width: int, height: int, dark: bool) -> None:
        self.browser = browser
        self.target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.send("Target.attachToTarget", targetId=self.target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        if dark:
            self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self.go(path, fragment)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.send(method, self.session, **parameters)

    def go(self, path: Path, fragment: str = "") -> None:
        self.send("Page.navigate", url=f"file://{path}{fragment}")
        self.wait("document.body?.dataset.ready === 'yes' || document.getElementById('fault')?.hidden === false")

    def to(self, fragment: str) -> None:
        """Change the address within the page, as a link does."""
        self.run(
            f"new Promise((done) => {{ const to = {json.dumps(fragment)}; "
            "if ((location.hash || '') === to) return done(1); "
            "addEventListener('hashchange', () => setTimeout(done, 0, 1), { once: true }); "
            "location.hash = to; })"
        )

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        until = time.monotonic() + self.browser.patience_s
        while not self.run(condition):
            assert time.monotonic() < until, f"not within {self.browser.patience_s} s: {condition}"
            time.sleep(0.05)

    def press(self, key: str, shift: bool = False) -> None:
        code, text = KEYS[key]
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def rows(self, table: str) -> list[list[str]]:
        """The cells of a table's body, as text."""
        script = f"[...document.querySelectorAll('#{table} tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
        return list(self.run(script))

    @property
    def messages(self) -> list[str]:
        """What stands in the console, and errors."""
        self.run("1")
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [
            str(e["params"]) for e in self.browser.events if e["method"] in kinds and e.get("sessionId") == self.session
        ]

    def close(self) -> None:
        self.browser.send("Target.closeTarget", targetId=self.target)
