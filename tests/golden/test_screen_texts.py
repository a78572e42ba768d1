"""Output on terminals with 60, 80 and 120 columns; no line break may split a word."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from argparse import Namespace

import pytest
from golden import assert_golden
from harness import IDENTITY, POOL, ROLE

from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.trust_policy import trust_policy
from cognito_credentials.cli import program
from cognito_credentials.cli.aws_config.config_file_change import ConfigFileChange
from cognito_credentials.cli.checks.report import Report
from cognito_credentials.cli.commands import cache, link
from cognito_credentials.cli.commands.doctor import Printer
from cognito_credentials.cli.commands.login import show_code
from cognito_credentials.cli.commands.process import CHAIN_VARIABLE
from cognito_credentials.cli.commands.whoami import IdentityReport, LoginReport, list_rows
from cognito_credentials.cli.identities.stored import CREDENTIALS, GUEST, IDENTITY_ID, StoredEntry
from cognito_credentials.cli.reporting.exit_status import report_error
from cognito_credentials.cli.terminal.layout import text_width
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.cli.terminal.prompts import Prompts
from cognito_credentials.errors import ConfigurationError, IdentityPoolNotFound
from cognito_credentials.stores import FileStore

WIDTHS = 60, 80, 120
COMMANDS = (
    ["--help"],
    ["help", "exec"],
    ["help", "completion"],
    ["cache", "--help"],
    ["frobnicate"],
    ["assume", "game"],
    ["whoami", "--profile", "gmae"],
    ["whoami", "--identity-pool-id", "eu-west-1_Example"],
    ["export", "--shell"],
    ["configure", "--list"],
    ["explain", "NotAuthorizedException: Logins don't match."],
    ["explain", "frobnication failed"],
)
CONFIG = f"""\
[profile game]
cognito_identity_pool_id = {POOL}

[profile a-profile-with-a-long-name-of-the-staging-environment]
cognito_identity_pool_id = {POOL}

[profile 日本語のプロファイル]
cognito_identity_pool_id = {POOL}
"""
NAMES = {"\033[32m": "<green>", "\033[31m": "<red>", "\033[2m": "<dim>", "\033[0m": "<>"}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def show(monkeypatch, tmp_path):
    """Return a function that returns a command's output on a terminal of a given width."""
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", "config")

    def show(run, width, **environment):
        with monkeypatch.context() as patch:
            screen = Terminal()
            for name in ("stdin", "stdout", "stderr"):
                patch.setattr(sys, name, screen)
            patch.setenv("COLUMNS", str(width))
            # Commands set this variable, with which the next command would report a loop.
            patch.setenv(CHAIN_VARIABLE, "")
            for name, value in {"NO_COLOR": "1", **environment}.items():
                patch.setenv(name, value)
            run()
        return screen.getvalue()

    return show


def run_command(words):
    def run():
        with contextlib.suppress(SystemExit):
            program.main(words)

    return run


def show_identity():
    report = IdentityReport(
        identity_id=IDENTITY,
        identity_pool_id=POOL,
        region="us-east-1",
        role=None,
        account=None,
        role_unknown="boto3 is not installed. Next: Install it: "
        'pip install "cognito-credentials[cli]"',
        logins=[
            LoginReport(
                "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example",
                "128d0a74…",
                "2001-11-29T19:41:19Z",  # These credentials have expired.
            )
        ],
        access_key_id="ASIA…ITL4",
        expiration="2026-11-29T19:41:19Z",
        seconds_left=3599,
        is_from_store=True,
    )
    out = Output(sys.stdout)
    out.table(list_rows(report, out))


def show_cache():
    provider = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example#128d0a74-c82f-4553"
    entries = [
        StoredEntry("key", IDENTITY_ID, POOL, GUEST, IDENTITY),
        StoredEntry("key", CREDENTIALS, POOL, provider, IDENTITY, seconds_left=3599.0),
        StoredEntry("key", CREDENTIALS, problem="the entry is damaged"),
    ]
    unreadable = {"/srv/game/.aws/cognito-credentials/credentials+us-east-1.json": "mode 0644"}
    cache._print_table(FileStore(), entries, unreadable)


def show_checks():
    report = Report(Printer(Output(sys.stdout)).print)
    report.add_pass("identity_pool_id", f"{POOL}  (profile game in ~/.aws/config, line 2)")
    report.add_pass("AWS process", "AWS tools run /usr/local/bin/cognito-credentials")
    report.add_failure("store", "~/.aws is read-only", "Make ~/.aws writable by this user.")
    error = IdentityPoolNotFound(
        f"IdentityPool '{POOL}' not found.",
        operation_name="GetId",
        code="ResourceNotFoundException",
        http_status=400,
    )
    report.add_error("role", error, policy=trust_policy(CallContext(identity_pool_id=POOL)))
    report.add_skip("credentials", "role failed")


def show_change():
    change = ConfigFileChange("config")
    change.after = change.before + f"\n[profile new]\ncognito_identity_id = {IDENTITY}\n"
    change.after += f"cognito_role_arn = {ROLE}\n"
    change.apply("new", is_dry_run=False, is_confirmed=False, login_command="")


def show_link():
    out = Output(sys.stdout)
    outcome = link.LINK_OR_MERGE
    out.table([("guest", f"{IDENTITY} (in the store)"), ("outcome", outcome.summary)])
    out.line(outcome.explanation)


def show_question():
    error = ConfigurationError("no terminal", hint="")
    Prompts().confirm(
        "This clears 3 identity IDs. A signed-in user gets the same identity again, but a guest gets "
        "a new identity and loses access to data stored under the old identity.",
        "No keychain is available. Store the session in a file in ~/.aws/cognito-credentials that "
        "only you can read?",
        error=error,
    )


def show_device():
    url = "https://auth.example.com/device"
    show_code(url, "WDJB-MJHT", f"{url}?user_code=WDJB-MJHT&client_id=1h57kf5cpq17m0eml12EXAMPLE")


def show_error():
    report_error(
        ConfigurationError("the file ~/.aws/config has a duplicate section", hint="Remove it."),
        Namespace(debug=True),
    )


SCENES = {" ".join(["$ cognito-credentials", *words]): run_command(words) for words in COMMANDS} | {
    "whoami": show_identity,
    "cache list": show_cache,
    "doctor": show_checks,
    "configure": show_change,
    "link": show_link,
    "a question": show_question,
    "login --device": show_device,
    "an error with --debug": show_error,
}


@pytest.mark.parametrize("width", WIDTHS)
def test_screens(show, width):
    screens = [f"{'─' * width}\n{title}\n\n{show(run, width)}" for title, run in SCENES.items()]
    assert_golden(f"screens_{width}", "\n".join(screens).rstrip() + "\n")


def test_colors(show):
    titles = ["$ cognito-credentials whoami --profile gmae", "whoami", "cache list", "doctor"]
    text = "\n".join(show(SCENES[title], 80, NO_COLOR="", TERM="xterm") for title in titles)
    for code, name in NAMES.items():
        text = text.replace(code, name)
    assert_golden("screens_color", text)


def words_of(text):
    # A trailing backslash marks a command that continues on the next line.
    return re.sub(r" \\\n", " ", text).split()


@pytest.mark.parametrize("title", SCENES)
@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "", "TERM": "xterm"}])
def test_lines_fit_and_words_are_not_divided(show, title, environment):
    complete = words_of(show(SCENES[title], 10_000, **environment))
    for width in range(60, 130, 3):
        screen = show(SCENES[title], width, **environment)
        too_long = [line for line in screen.splitlines() if text_width(line) > width]
        assert all(len(line.split()) == 1 for line in too_long)
        if title != "cache list":  # On narrow terminals, `cache list` repeats the column names.
            assert words_of(screen) == complete
