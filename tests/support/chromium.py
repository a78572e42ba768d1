"""Chromium without a window, driven by its own driver, with an empty profile; and its way to us."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def programs() -> tuple[str, str]:
    """Return browser and driver; without them a test is skipped, and fails where CI runs it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    missing = "no chromium with a chromedriver here (Debian: apt install chromium chromium-driver)"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def chromium(profile: Path) -> Iterator[Any]:
    browser, driver = programs()
    options = Options()
    options.binary_location = browser
    options.accept_insecure_certs = True  # the tests' own authority
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    running = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    try:
        yield running
    finally:
        running.quit()


def address_of(process: subprocess.Popen[str]) -> str:
    """Return the address that `login` prints for the browser."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().startswith("http"):
            return line.strip()
    pytest.fail("no address was printed")


def until(browser: Any, condition: Callable[[Any], object]) -> None:
    """Wait for what a click begins: the driver does not."""
    WebDriverWait(browser, 30, ignored_exceptions=[WebDriverException]).until(condition)


def at_the_end(browser: Any, heading: str) -> bool:
    """Tell whether the browser comes to a page, and this is what it says."""
    until(browser, lambda _: browser.find_element(By.TAG_NAME, "h1").text == heading)
    return True
