"""Opening of the sign-in page in a browser without exposing its URL to other users of this machine.

Other users can read the browser's command line. With the URL of the sign-in page, which contains
the state and the nonce, another user could complete the sign-in with their own account. The browser
therefore opens a private file that redirects to the sign-in page.
"""

from __future__ import annotations

import html
import os
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress

from cognito_credentials._endpoint.private_directory import (
    PAGE_FILE_NAME,
    make_private_directory,
)
from cognito_credentials._endpoint.token_file import write_private_file
from cognito_credentials.cli.terminal.writing import write_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["make_page_opener"]

PAGE_TEMPLATE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url={url}">
<title>Sign in</title><p><a href="{url}">Continue to the sign-in page</a></p></html>
"""


@contextmanager
def make_page_opener() -> Generator[Callable[[str], None], None, None]:
    """Yield a function that opens a URL in a browser; the private file is removed on exit."""
    with ExitStack() as stack:

        def open_page(url: str) -> None:
            for line in (
                "Opening the sign-in page in a browser. If the browser does not show it, go to:",
                "",
                f"  {url}",
                "",
                "Waiting for the sign-in …",
            ):
                write_line(sys.stderr, line)
            with suppress(OSError):  # The URL has been printed.
                directory = stack.enter_context(make_private_directory())
                page = PAGE_TEMPLATE.format(url=html.escape(url))
                path = write_private_file(os.path.join(directory, PAGE_FILE_NAME), page.encode())
                # For some browsers, such as w3m, the call returns only when the browser is closed.
                threading.Thread(target=_start_browser, args=(path,), daemon=True).start()

        yield open_page


def _start_browser(path: str) -> None:
    import webbrowser
    from pathlib import Path

    with suppress(webbrowser.Error, OSError, ValueError):  # The URL has been printed.
        webbrowser.open(Path(path).as_uri())
