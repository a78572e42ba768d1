"""Entry point of the command `cognito-credentials`.

AWS tools run `process --profile NAME` for each of their own commands, so this module handles that
command line without importing argparse. `dispatch.py` parses all other command lines. Subcommands
raise the exceptions of the library; `reporting/exit_status.py` reports an exception and chooses the
exit status. A traceback is printed only with `--debug`.
"""

from __future__ import annotations

import os
import sys

from cognito_credentials.cli import INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["main", "run_and_report"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit status.

    Raises:
        SystemExit: If help was requested or the command line is invalid; the help or the error has
            been printed.
    """
    # Ctrl-C can interrupt any line, such as an import or the report of an error.
    try:
        return _main(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


def _main(arguments: Sequence[str] | None) -> int:
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # The parent process closed this stream.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words and "_ARGCOMPLETE" in os.environ:
        from cognito_credentials.cli.line_completion import complete_line

        return complete_line()
    options = _process_options(words)
    run: Callable[[Any], int] = _run_process
    if options is None:
        from cognito_credentials.cli import dispatch

        words = dispatch.normalize(words)
        options = dispatch.parse_options(words)
        run = dispatch.import_subcommand(words[0]).run
    return run_and_report(lambda: run(options), options)


def run_and_report(command: Callable[[], int], options: Any) -> int:
    """Run a command, report any error that it raises, and return the exit status."""
    try:
        status = _run(command, options)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - users must not see a traceback
        from cognito_credentials.cli.reporting.exit_status import report_error

        return report_error(error, options)
    return status


def _run(command: Callable[[], int], options: Any) -> int:
    """Run a command; print debug output if requested, or else a progress line on a terminal."""
    if options.debug:
        from cognito_credentials.cli.reporting import debug_log

        with debug_log.debug_output():
            return command()
    if sys.stderr.isatty():
        from cognito_credentials.cli.reporting.line_handler import show_warnings
        from cognito_credentials.cli.terminal.progress import show_waits

        with show_waits(), show_warnings():
            return command()
    return command()


def _process_options(words: list[str]) -> Any:
    """Return the options of `process --profile NAME`, or None for any other command line.

    `configure` writes this command into profiles. Importing argparse would add a tenth to the run
    time of this command.
    """
    match words:
        case ["process", "--profile", name] if not name.startswith("-"):
            from types import SimpleNamespace

            return SimpleNamespace(profile=name, debug=False)
        case _:
            return None


def _run_process(options: Any) -> int:
    from cognito_credentials.cli.commands import process

    return process.run(options)
