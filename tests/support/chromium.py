"""Headless Chromium with an empty profile, and helpers for signing in with it."""

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


def find_programs() -> tuple[str, str]:
    """Return the paths of Chromium and its driver.

    If one of these programs is missing, skip the test, or fail in CI.
    """
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    missing = "chromium or chromedriver is missing (Debian: apt install chromium chromium-driver)"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def chromium(profile: Path) -> Iterator[Any]:
    browser, driver = find_programs()
    options = Options()
    options.binary_location = browser
    # The certificates were issued by the tests' own certificate authority.
    options.accept_insecure_certs = True
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    running = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    try:
        yield running
    finally:
        running.quit()


def read_sign_in_url(process: subprocess.Popen[str]) -> str:
    """Return the sign-in URL that `login` prints."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().startswith("http"):
            return line.strip()
    pytest.fail("login printed no URL")


def wait_until(browser: Any, condition: Callable[[Any], object]) -> None:
    """Wait until a condition holds; needed because a click returns before the page has changed."""
    WebDriverWait(browser, 30, ignored_exceptions=[WebDriverException]).until(condition)


def wait_for_heading(browser: Any, heading: str) -> None:
    """Wait until the browser shows a page with this heading."""
    wait_until(browser, lambda _: browser.find_element(By.TAG_NAME, "h1").text == heading)
