"""The `doctor` check of a profile's `credential_process`, which AWS tools run for credentials.

botocore and the AWS CLI run the command without a shell: they split the line as a shell would,
start the program that the first word names, and expand neither `~` nor variables. The JavaScript
SDK uses a shell. A line that works without a shell works in all of these tools.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from shutil import which
from typing import TYPE_CHECKING

from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.aws_config.credential_sources import MODULE_NAME, mentions_this_program
from cognito_credentials.cli.settings.command_cleanup import keep_exit_statuses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cognito_credentials.cli.checks.report import Report

__all__ = ["check_credential_process"]

CHECK = "AWS process"
START_TIMEOUT_SECONDS = 20.0
# `process` needs no profile if one of these options is given.
ID_OPTIONS = ("--identity-id", "--identity-pool-id")


def check_credential_process(report: Report, line: str, profile: str, *, fix: str) -> None:
    """Check that the command prints the profile's credentials, whichever AWS tool runs it."""
    try:
        words = _split(line)
    except ValueError:
        report.add_failure(CHECK, "credential_process has an unclosed quotation mark", fix)
        return
    if not words:
        report.add_failure(CHECK, "credential_process is empty", fix)
        return
    program_end = _find_end_of_program(words)
    if not program_end and mentions_this_program(line):
        report.add_skip(CHECK, f"credential_process starts this program through {words[0]}")
        return
    if not program_end:
        problem = f"runs {words[0]}, so AWS tools get the credentials of that program"
    else:
        problem = (
            _find_argument_problem(words[program_end:], profile)
            or _find_path_problem(words[0])
            or _find_start_problem(words[:program_end])
        )
    if problem:
        report.add_failure(CHECK, f"credential_process {problem}", fix)
        return
    note = "" if os.path.isabs(words[0]) else ", which must be on the PATH of every AWS tool"
    report.add_pass(CHECK, f"AWS tools run {words[0]}{note}")


def _split(line: str) -> list[str]:
    if sys.platform == "win32":  # On Windows, a backslash is not an escape character.
        return [word.strip('"') for word in shlex.split(line, posix=False)]
    return shlex.split(line)


def _find_end_of_program(words: Sequence[str]) -> int:
    """Return the index after the words that start this program; 0 if there are none."""
    for i, word in enumerate(words):
        if os.path.splitext(os.path.basename(word))[0] == PROGRAM:
            return i + 1
        if words[i : i + 2] == ["-m", MODULE_NAME]:
            return i + 2
    return 0


def _find_argument_problem(arguments: Sequence[str], profile: str) -> str:
    """Return the problem with this program's arguments; "" if there is none."""
    if arguments[:1] != ["process"]:
        return f"does not run {PROGRAM} process, which prints the format that AWS tools read"
    option_profile = ""
    for i, word in enumerate(arguments):
        option, equals, value = word.partition("=")
        if option == "--profile":
            option_profile = value if equals else "".join(arguments[i + 1 : i + 2])
    if option_profile:
        return (
            ""
            if option_profile == profile
            else f"prints the credentials of profile {option_profile}"
        )
    if profile == "default" or any(word.startswith(ID_OPTIONS) for word in arguments):
        return ""
    return f"lacks the option --profile {profile}"


def _find_path_problem(program: str) -> str:
    """Return the reason why AWS tools could not start the program; "" if its path is usable."""
    if program.startswith("~") or "$" in program:
        return f"runs {program}, but AWS tools do not expand ~ and variables"
    if not os.path.dirname(program):
        return "" if which(program) else f"runs {program}, which is not on PATH"
    if not os.path.isabs(program):
        return f"runs {program}, a relative path, which depends on the current directory"
    if not os.path.exists(program):
        return f"runs {program}, which does not exist (a path with spaces needs quotation marks)"
    if os.path.isdir(program) or not os.access(program, os.X_OK):
        return f"runs {program}, which this user cannot execute"
    return ""


def _find_start_problem(program: Sequence[str]) -> str:
    """Start the program as AWS tools do, but with `version`; return the problem, or ""."""
    keep_exit_statuses()
    try:
        done = subprocess.run(  # noqa: S603 - AWS tools run the same program for this user
            [*program, "version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=START_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"runs {program[0]}, which does not respond within {START_TIMEOUT_SECONDS:.0f} s"
    except OSError as error:
        return f"runs {program[0]}, which cannot be started: {error.strerror}"
    if done.returncode or not done.stdout.startswith(PROGRAM.encode()):
        return (
            f"runs {program[0]}, which fails; the Python installation of this program may have been "
            "removed"
        )
    return ""
