"""The HTML pages of the issuer, which need no scripts and no other files."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from http import HTTPStatus
from urllib.parse import urlsplit

from cognito_credentials.emulator.issuer.users import MAX_NAME_LENGTH
from cognito_credentials.emulator.messages import RawResponse

_STYLE = """
:root { color-scheme: light dark; --line: #8a8f98; --accent: #0b57d0; --on-accent: #fff; --error: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --accent: #a8c7fa; --on-accent: #062e6f; --error: #f2b8b5 }
}
* { box-sizing: border-box }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; padding: 1.5rem 1rem }
main { max-width: 26rem; margin: 8vh auto 0; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem }
h2 { font-size: 1rem; margin: 1.75rem 0 .5rem }
ul { list-style: none; margin: 0; padding: 0 }
li + li, button + button { margin-top: .5rem }
label { display: block; font-weight: 600; margin: 0 0 .25rem }
input, button { font: inherit; color: inherit; width: 100%; min-height: 2.75rem; padding: .4rem .8rem;
  border: 1px solid var(--line); border-radius: .5rem; background: transparent }
input { margin-bottom: .75rem }
button { cursor: pointer; overflow-wrap: anywhere }
li button { text-align: left }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600 }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.error { color: var(--error); font-weight: 600 }
.note { font-size: .875rem; margin-top: 2rem }
code { font-size: 1.05em }
"""
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
_EMULATOR_NOTE = (
    '<p class="note">This is the issuer of an AWS emulator, for tests. Every user name can sign in,'
    " without a password.</p>"
)


def message_page(title: str, text: str, status: HTTPStatus = HTTPStatus.OK) -> RawResponse:
    """Return a page with a message."""
    return _respond(title, f"<p>{escape(text)}</p>", status=status)


def sign_in_page(
    *,
    client_id: str,
    action: str,
    fields: Mapping[str, str],
    users: Sequence[str],
    name: str = "",
    error: str = "",
    redirect_uri: str,
) -> RawResponse:
    """Return the page on which a user signs in for an application.

    Args:
        client_id: The application.
        action: The path to which the form is submitted.
        fields: Hidden fields of the form.
        users: The users who can sign in with one click.
        name: The user name in the input field.
        error: A problem with the user name.
        redirect_uri: The URI to which the response to the form redirects the browser.
    """
    content = [
        f"<p>Choose the user for the application <code>{escape(client_id)}</code>.</p>",
        _user_buttons(action, fields, users),
        _form(action, fields, _name_field(name, error, is_first=not users) + _buttons("Cancel")),
        _EMULATOR_NOTE,
    ]
    return _respond(
        "Sign in", "\n".join(content), form_target=redirect_uri, status=_status_of(error)
    )


def code_page(*, action: str, fields: Mapping[str, str], code: str, error: str) -> RawResponse:
    """Return the page on which a user enters the code that a device shows."""
    field = _input(
        "user_code", "Code", code, error, 'required autofocus autocapitalize="characters"'
    )
    content = [
        "<p>Enter the code that your device shows.</p>",
        _form(action, fields, f'{field}<button class="main">Continue</button>', method="get"),
    ]
    return _respond("Sign in on a device", "\n".join(content), status=_status_of(error))


def device_page(
    *,
    client_id: str,
    code: str,
    action: str,
    fields: Mapping[str, str],
    users: Sequence[str],
    name: str = "",
    error: str = "",
) -> RawResponse:
    """Return the page on which a user signs in for a device. See `sign_in_page`."""
    content = [
        _device_text(escape(client_id), escape(code)),
        _user_buttons(action, fields, users),
        _form(action, fields, _name_field(name, error, is_first=not users) + _buttons("Deny")),
        _EMULATOR_NOTE,
    ]
    return _respond("Sign in on a device", "\n".join(content), status=_status_of(error))


def _device_text(client_id: str, code: str) -> str:
    return (
        f"<p>The application <code>{client_id}</code> is waiting for you on a device that shows"
        f" the code <strong>{code}</strong>. Continue only if you see this code on your device.</p>"
    )


def _user_buttons(action: str, fields: Mapping[str, str], users: Sequence[str]) -> str:
    if not users:
        return ""
    items = [
        f'<li><button name="user" value="{escape(user)}"{" autofocus" * (not index)}>'
        f"{escape(user)}</button></li>"
        for index, user in enumerate(users)
    ]
    # The buttons are in a separate form, because the Enter key in an input field presses the first
    # button of its form.
    buttons = _form(action, fields, f'<ul aria-labelledby="users">{"".join(items)}</ul>')
    return f'<h2 id="users">Sign in as</h2>{buttons}<h2>Sign in as another user</h2>'


def _name_field(name: str, error: str, *, is_first: bool) -> str:
    focus = " autofocus" if is_first or error else ""
    rest = f'required maxlength="{MAX_NAME_LENGTH}" autocomplete="username"{focus}'
    return _input("user", "User name", name, error, rest)


def _input(name: str, label: str, value: str, error: str, rest: str) -> str:
    problem = f'<p class="error" id="problem" role="alert">{escape(error)}</p>' if error else ""
    described = ' aria-invalid="true" aria-describedby="problem"' if error else ""
    return (
        f'{problem}<label for="{name}">{label}</label><input id="{name}" name="{name}"'
        f' value="{escape(value)}" spellcheck="false"{described} {rest}>'
    )


def _buttons(cancel: str) -> str:
    return (
        '<button class="main">Sign in</button>'
        f'<button name="cancel" value="1" formnovalidate>{cancel}</button>'
    )


def _form(action: str, fields: Mapping[str, str], content: str, method: str = "post") -> str:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return f'<form method="{method}" action="{escape(action)}">{hidden}{content}</form>'


def _status_of(error: str) -> HTTPStatus:
    return HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK


def _respond(title: str, content: str, *, status: HTTPStatus, form_target: str = "") -> RawResponse:
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; img-src data:; base-uri 'none';"
        f" frame-ancestors 'none'; form-action 'self'{_to_source(form_target)}"
    )
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        # Without a referrer policy, the URL of the page might be sent to the application. With
        # `no-referrer`, the form would be sent with the origin `null`.
        ("Referrer-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    page = _PAGE.format(title=escape(title), style=_STYLE, content=content)
    return RawResponse(status, headers, page.encode("utf-8", "replace"))


def _to_source(uri: str) -> str:
    """Return the source for the directive `form-action`, which browsers also apply to redirects."""
    if not uri:
        return ""
    parts = urlsplit(uri)
    # The directive cannot contain an IPv6 address, so its scheme allows any host.
    is_named = parts.scheme in ("http", "https") and "[" not in parts.netloc
    return f" {parts.scheme}://{parts.netloc}" if is_named else f" {parts.scheme}:"
