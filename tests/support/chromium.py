"""Chromium without a window, driven by its own driver, with an empty profile."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

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
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    running = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    try:
        yield running
    finally:
        running.quit()
