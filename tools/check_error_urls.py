"""Check that the URLs at the end of error messages lead to an anchor of the documentation site.

python tools/check_error_urls.py .build/site   # the site that `make site` has built
python tools/check_error_urls.py               # the published site
"""

from __future__ import annotations

import re
import sys
import urllib.request
from pathlib import Path

from cognito_credentials._core import error_catalog
from cognito_credentials.errors import TROUBLESHOOTING_URL

ID = re.compile(r'\bid="([^"]+)"')


def missing_anchors(html: str) -> list[str]:
    """Return the reasons of errors that have no anchor in the page."""
    reasons = {entry.reason for entry in error_catalog.ENTRIES}
    return sorted(reasons - set(ID.findall(html)))


def read_published_page() -> str:
    """Return the published page.

    Raises:
        OSError: If the site is not reachable, or has no such page.
    """
    with urllib.request.urlopen(TROUBLESHOOTING_URL, timeout=10) as response:  # noqa: S310 - https
        return str(response.read().decode())


def main(arguments: list[str]) -> int:
    """Print the missing anchors; return 0 if there are none."""
    name = TROUBLESHOOTING_URL.rpartition("/")[2]
    html = Path(arguments[0], name).read_text("utf-8") if arguments else read_published_page()
    missing = missing_anchors(html)
    print(*(f"{name} has no anchor for {reason}" for reason in missing), sep="\n", end="")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
