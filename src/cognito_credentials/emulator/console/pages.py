"""The files of the web console.

The page contains the control token, so that its scripts can make changes. Pages from other origins
cannot read this page: the response has no CORS headers, and the `Host` header of the request must
name this machine. Objects in the emulator's buckets can be pages of the same origin, but they
cannot read this page either: requests from their scripts are rejected, and a window that a script
opens belongs to another browsing context group.
"""

from __future__ import annotations

from http import HTTPStatus
from importlib.resources import files

from cognito_credentials.emulator.control.routes import PREFIX
from cognito_credentials.emulator.messages import RawResponse

_INDEX = "index.html"
_TOKEN_PLACEHOLDER = "CONTROL_TOKEN"
_CONTENT_TYPES = {
    _INDEX: "text/html; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
    **dict.fromkeys(
        ("calls.js", "console.js", "elements.js", "pools.js", "settings.js", "tokens.js"),
        "text/javascript; charset=utf-8",
    ),
}
# The console loads nothing from other servers, and its pages contain no inline scripts.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)


def contains_token(path: str) -> bool:
    """Return True if the file at a path contains the control token."""
    return path.removeprefix(f"{PREFIX}/") in ("", _INDEX)


def find_page(path: str, control_token: str) -> RawResponse | None:
    """Return a file of the console, or None if the path does not name one."""
    if path == PREFIX:
        return RawResponse(HTTPStatus.PERMANENT_REDIRECT, [("Location", f"{PREFIX}/")])
    name = path.removeprefix(f"{PREFIX}/") or _INDEX
    if name not in _CONTENT_TYPES:
        return None
    text = (files("cognito_credentials.emulator.console") / "static" / name).read_text(
        encoding="utf-8"
    )
    if name == _INDEX:
        text = text.replace(_TOKEN_PLACEHOLDER, control_token)
    headers = [
        ("Content-Type", _CONTENT_TYPES[name]),
        ("Content-Security-Policy", _POLICY),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return RawResponse(HTTPStatus.OK, headers, text.encode())
