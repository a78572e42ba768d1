"""`doctor`: look at everything on the way to credentials, and say what to mend."""

from __future__ import annotations

import json
import sys
import textwrap

from cognito_credentials.cli.settings.arguments import add_selection
from cognito_credentials.cli.terminal.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials.cli.checks.configuration import Settings
    from cognito_credentials.cli.checks.report import Report, Row
    from cognito_credentials.stores import FileStore

DESCRIPTION = """\
Check everything on the way to credentials, and say what to mend, one line for each check.

It gets credentials as the other verbs do, with the identity that is stored. A guest who has none
yet is given one, which is then stored. Of a profile it also says whether AWS tools can use it, and
starts the program in its credential_process, for its version alone. The exit status is 0 only when
nothing failed.
"""

WIDTH = 16


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    add_selection(parser)


def run(options: Namespace) -> int:
    """Check, and print each row as soon as it is there."""
    from cognito_credentials.cli.checks.report import FAILED, Report

    output = Output(sys.stdout)
    printer = Printer(output)
    report = Report((lambda _row: None) if options.json else printer.show)
    examine(report, options)
    failed = report.count(FAILED)
    if options.json:
        output.line(json.dumps([row.as_object() for row in report.rows], indent=2))
    else:
        output.line()
        output.line(output.bad(verdict(report)) if failed else output.good(verdict(report)))
    return 1 if failed else 0


def verdict(report: Report) -> str:
    """Return what it comes to; a row that was not checked may have a fix, too."""
    from cognito_credentials.cli.checks.report import FAILED, NOT_CHECKED, PASSED

    failed = report.count(FAILED)
    if failed:
        return f"{failed} of {len(report.rows)} checks failed."
    more = [row.check for row in report.rows if row.result == NOT_CHECKED and row.fix]
    text = f"Nothing failed: {report.count(PASSED)} checks passed."
    return f"{text} See the fix of {', '.join(more)}, too." if more else text


def examine(report: Report, options: Namespace) -> None:
    """Make all the checks."""
    from cognito_credentials.cli.checks.aws_tools import check_aws_tools
    from cognito_credentials.cli.checks.configuration import check_configuration, check_selection
    from cognito_credentials.cli.checks.store import check_store

    selection = check_selection(report, options)
    settings = None if selection is None else check_configuration(report, selection)
    last = report.rows[-1].check
    if selection is not None:
        check_aws_tools(report, selection)
    store = check_store(report)
    if settings is None:
        for check in ("network", "pool", "credentials"):
            report.not_checked(check, f"{last} failed")
    else:
        with settings.provider:
            examine_service(report, settings, store)


def examine_service(report: Report, settings: Settings, store: FileStore | None) -> None:
    """Make the checks for which the service is needed, from the network up."""
    from cognito_credentials.cli.checks import access, login_tokens, network
    from cognito_credentials.cli.checks.store import ReadOnlyStore
    from cognito_credentials.stores import MemoryStore

    config, run = settings.config, settings.provider.run
    exchange = settings.provider.through(store or MemoryStore(), None).exchange
    caller = exchange.client
    answers = network.check_way(report, config.cognito_url, config)
    if answers:
        answers = network.check_answer(report, run, caller, config)
    else:
        report.not_checked("answer", "there is no connection")
    if answers:
        network.check_clock(report, caller.skew)
    else:
        report.not_checked("clock", "the service did not answer")
    if settings.is_basic:
        answers = network.check_way(report, config.sts_url, config, prefix="STS ") and answers
    now = None if caller.skew is None else config.clock.now() + caller.skew
    logins = login_tokens.check_login_tokens(report, run, exchange.logins or {}, service_now=now)
    if answers and logins is not None and store is not None:
        is_stored = not isinstance(store, ReadOnlyStore)
        access.check_access(report, settings, exchange, logins, is_stored=is_stored)
        return
    reason = "a login failed" if answers else "the service did not answer"
    for check in access.rungs_of(settings):
        report.not_checked(check, "the store failed" if store is None else reason)


class Printer:
    """Writes a row: a mark, the check, what was found, and below it the fix."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.passed, self.failed = "✓", "✗"
        try:
            "✓✗".encode(getattr(output.stream, "encoding", None) or "ascii")
        except UnicodeEncodeError:
            self.passed, self.failed = "+", "x"

    def show(self, row: Row) -> None:
        """Write it, to be seen at once."""
        from cognito_credentials.cli.checks.report import FAILED, PASSED

        output = self.output
        line = f"{row.check:<{WIDTH}} {row.text}"
        if row.result == PASSED:
            output.line(f"{output.good(self.passed)} {line}")
        elif row.result == FAILED:
            output.line(f"{output.bad(self.failed)} {line}")
        else:
            output.line(output.dim(f"- {line}"))
        below = " " * (WIDTH + 3)
        if row.fix:
            output.line(f"{below}Fix: {row.fix}")
        if row.policy:
            output.line(textwrap.indent(json.dumps(row.policy, indent=2), below))
