"""A GNOME keychain on a private D-Bus, which `keyring` accesses with the Secret Service API."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = ("gnome-keyring-daemon", "dbus-daemon")


@contextmanager
def secret_service(folder: Path) -> Iterator[dict[str, str]]:
    """Start an unlocked keychain, and yield the environment variables that give access to it."""
    if not all(map(shutil.which, PROGRAMS)):
        pytest.skip("gnome-keyring or dbus is missing (Debian: apt install gnome-keyring dbus)")
    for name in ("run", "data"):
        (folder / name).mkdir(mode=0o700)
    environment = {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "XDG_DATA_HOME": str(folder / "data"),
        "PATH": "/usr/bin:/bin",
    }
    bus = subprocess.Popen(
        [
            "dbus-daemon",
            "--session",
            "--nofork",
            "--print-address=1",
            f"--address=unix:dir={folder}",
        ],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert bus.stdout is not None
    environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
    try:
        # The daemon detaches once it is unlocked, and exits when the bus stops.
        subprocess.run(
            ["gnome-keyring-daemon", "--unlock", "--components=secrets"],
            env=environment,
            input=b"password-of-the-test-keychain",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )
        yield {
            "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
            **{name: environment[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")},
        }
    finally:
        bus.terminate()
        bus.wait(10)
        bus.stdout.close()
