"""`configure`: write a profile that any AWS tool can use."""

from __future__ import annotations

import os
import shlex
import sys

from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.aws_config.credential_sources import MODULE_NAME, find_other_sources
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS, client_config
from cognito_credentials.cli.settings.providers import check
from cognito_credentials.cli.settings.resolution import (
    given_texts,
    reject_empty_options,
    resolve,
)
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping
    from typing import Any

DESCRIPTION = """\
Write a profile into the AWS config file (AWS_CONFIG_FILE, or ~/.aws/config), so that the AWS CLI,
the AWS SDKs and Terraform take their credentials from an identity pool.

  cognito-credentials configure --profile game --identity-pool-id us-east-1:1699ebc0-...
  AWS_PROFILE=game aws s3 ls

Shows what changes, and asks. Everything else in the file stays as it is.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="take away what else the profile takes credentials from",
    )
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Change the profile."""
    from cognito_credentials._config.aws_files import in_credentials_file, load_profile, path_of
    from cognito_credentials.cli.aws_config import config_file_change, profile_text

    reject_empty_options(vars(options))
    name = options.profile or "default"
    path = path_of("config", os.environ)
    # Before the first read, which would consume the contents of a pipe.
    config_file_change.require_regular_file(path)
    there = load_profile(os.environ, name, source="default")  # one that is missing is empty
    if in_credentials_file(os.environ, name) is not None:
        raise ConfigurationError(
            f"profile {name} is in the AWS credentials file, too, and its keys there come first",
            hint=f"Take [{name}] out of that file, or let --profile name another.",
        )
    values = wanted(options, there.values)
    _check(options, {**there.values, **values})
    others = find_other_sources(there.values)
    if others and not options.replace:
        raise ConfigurationError(
            f"{there.source} takes credentials from elsewhere: {', '.join(others)}",
            hint="Let --profile name another, or take this away with --replace.",
        )
    change = config_file_change.ConfigFileChange(path)
    change.after = profile_text.update_profile(
        change.before, name, values, without=[key for key in others if key not in values]
    )
    return change.apply(name, is_dry_run=options.dry_run, is_confirmed=options.yes)


def wanted(options: Namespace, there: Mapping[str, str]) -> dict[str, str]:
    """Return the values for the profile, by key; `there` is what it has."""
    values: dict[str, str] = {}
    for setting in COGNITO_SETTINGS.values():
        given: Any = getattr(options, setting.name)
        exported = os.environ.get(setting.variables[0])
        if given is None and exported and setting.key not in there:
            # What counts now must count where the variable is not set, too.
            given = exported.split("\n") if setting.is_repeatable else exported
        if given is not None:
            values[setting.key] = _lines(given) if setting.is_repeatable else given
    if options.endpoint_url is not None:
        values["endpoint_url"] = options.endpoint_url
    values["credential_process"] = (
        f"{command()} process --profile {quoted(options.profile or 'default')}"
    )
    known = {**there, **values}
    an_id = known.get("cognito_identity_id") or known.get("cognito_identity_pool_id") or ""
    region = options.region or ("" if "region" in there else an_id.partition(":")[0])
    return values | {"region": region} if region else values


def command() -> str:
    """Return this command as a profile names it: by its path, quoted.

    No shell runs it where botocore does, so that neither ~ nor PATH may be needed.
    """
    program = os.path.abspath(sys.argv[0])
    if os.path.splitext(os.path.basename(program))[0] == PROGRAM and os.access(program, os.X_OK):
        return quoted(program)
    return f"{quoted(sys.executable)} -m {MODULE_NAME}"


def quoted(word: str) -> str:
    """Return a word as botocore splits it: like a POSIX shell, on Windows like a C program."""
    if sys.platform == "win32":
        import subprocess

        return subprocess.list2cmdline([word])
    return shlex.quote(word)


def _lines(logins: list[str]) -> str:
    """Return logins as a profile has them: each on a line, files by their whole path."""
    lines: list[str] = []
    for login in filter(str.strip, logins):
        key, _, token = (part.strip() for part in login.partition("="))
        if token.startswith("@"):
            token = f"@{os.path.abspath(os.path.expanduser(token[1:]))}"
        lines.append(f"{key} = {token}")
    return "\n".join(["", *lines])


def _check(options: Namespace, values: dict[str, str]) -> None:
    """Refuse what `process` would refuse: it is told best to who is there to read it."""
    from cognito_credentials._config.aws_files import Profile

    for option, text in given_texts(vars(options)):
        if "\n" in text or "\r" in text:
            raise ConfigurationError(f"option {option} has more than one line", hint="Give it one.")
    # The region of a profile is for other services: it may be another than the pool's.
    connection = {"endpoint_url": options.endpoint_url, "region": options.region}
    client_config({option: value for option, value in connection.items() if value is not None})
    name = options.profile or "default"
    profile = Profile(name, f"profile {name}", values, {})
    given = {name: getattr(options, name) for name in COGNITO_SETTINGS}
    check(resolve({**given, "profile": name}, os.environ, profile))
