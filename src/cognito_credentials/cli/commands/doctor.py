"""`doctor`: diagnose configuration and connectivity problems."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from cognito_credentials.cli.checks.report import Outcome, Report
from cognito_credentials.cli.settings.arguments import add_setting_options
from cognito_credentials.cli.terminal.output import Output
from cognito_credentials.cli.terminal.writing import write_document

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials.cli.checks.configuration import CheckedConfiguration
    from cognito_credentials.cli.checks.report import CheckResult
    from cognito_credentials.stores import FileStore

DESCRIPTION = """\
Diagnose configuration and connectivity problems.

The command prints the result of each check: passed, failed (with a fix) or not checked. It fetches
credentials with the same calls as the other subcommands and with the stored identity ID. A guest
without a stored identity ID gets a new identity, which is stored. If credentials of the identity are
stored, doctor also checks that AWS STS accepts them, which requires boto3. If a profile is used, doctor also
checks that AWS tools can use the profile: if its credential_process runs cognito-credentials, doctor
runs that program once with the argument version. If a check failed, the exit status is 1.
"""

TEXT_COLUMN = 19  # This leaves space for the mark and the longest name of a check.


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Run the checks, print each result as soon as it is known, and return the exit status."""
    output = Output(sys.stdout)
    printer = Printer(output)
    report = Report((lambda _result: None) if options.json else printer.print)
    run_checks(report, options)
    has_failed = report.count(Outcome.FAILED) > 0
    if options.json:
        write_document(json.dumps([result.to_json() for result in report.results], indent=2))
    else:
        output.line()
        paint = output.bad if has_failed else output.good
        output.line(paint(summarize(report)))
    return 1 if has_failed else 0


def summarize(report: Report) -> str:
    """Return the last line of the output."""
    failed = report.count(Outcome.FAILED)
    if failed:
        return f"{failed} of {len(report.results)} checks failed."
    optional = [
        result.check
        for result in report.results
        if result.outcome == Outcome.NOT_CHECKED and result.fix
    ]
    passed = report.count(Outcome.PASSED)
    text = f"No check failed; {passed} check{'' if passed == 1 else 's'} passed."
    return f"{text} See also the fix for {', '.join(optional)}." if optional else text


def run_checks(report: Report, options: Namespace) -> None:
    """Run all checks."""
    from cognito_credentials.cli.checks.aws_tools import check_aws_tools
    from cognito_credentials.cli.checks.configuration import check_configuration, check_settings
    from cognito_credentials.cli.checks.store import check_store

    settings = check_settings(report, options)
    configuration = None if settings is None else check_configuration(report, settings)
    last_check = report.results[-1].check
    if settings is not None:
        check_aws_tools(report, settings)
    store = check_store(report)
    if configuration is None:
        for check in ("network", "identity pool", "credentials"):
            report.add_skip(check, f"{last_check} failed")
        return
    with configuration.provider:
        run_service_checks(report, configuration, store)


def run_service_checks(
    report: Report, configuration: CheckedConfiguration, store: FileStore | None
) -> None:
    """Run the checks of the network, the service and the logins."""
    from cognito_credentials._base.provider import get_driver, get_spec
    from cognito_credentials.cli.checks import access, login_tokens, network
    from cognito_credentials.cli.checks.store import ReadOnlyStore
    from cognito_credentials.cli.checks.stored_credentials import check_stored_credentials
    from cognito_credentials.stores import MemoryStore

    config, run_flow = configuration.config, get_driver(configuration.provider).run
    exchange = get_spec(configuration.provider).shared_fetch(store or MemoryStore(), None).exchange
    client = exchange.client
    responds = network.check_connection(report, config.cognito_url, config)
    if responds:
        responds = network.check_response(report, run_flow, client, config)
    else:
        report.add_skip(network.RESPONSE, "there is no connection")
    if responds:
        network.check_clock(report, client.skew, config.cognito_url)
    else:
        report.add_skip(network.CLOCK, "Amazon Cognito did not respond")
    if configuration.uses_basic_flow:
        can_reach_sts = network.check_connection(report, config.sts_url, config, prefix="STS ")
        responds = responds and can_reach_sts
    service_now = None if client.skew is None else config.clock.now() + client.skew
    logins = login_tokens.check_login_tokens(
        report, run_flow, exchange.logins or {}, service_now=service_now
    )
    if responds and logins is not None and store is not None:
        is_stored = not isinstance(store, ReadOnlyStore)
        identity_id = access.check_access(
            report, configuration, exchange, logins, is_stored=is_stored
        )
        if identity_id is not None:
            check_stored_credentials(report, configuration, store, identity_id)
        return
    reason = "a login token is invalid" if responds else "the service did not respond"
    for check in access.list_access_checks(configuration):
        report.add_skip(check, "the store failed" if store is None else reason)


class Printer:
    """Prints the mark, name, text and fix of each check."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.pass_mark: str = "✓"  # noqa: S105 - this is not a password
        self.fail_mark: str = "✗"
        try:
            "✓✗".encode(getattr(output.stream, "encoding", None) or "ascii")
        except UnicodeEncodeError:
            self.pass_mark, self.fail_mark = "+", "x"

    def print(self, result: CheckResult) -> None:
        """Print a result and flush the output."""
        output = self.output
        label, texts = f"- {result.check}", [result.text]
        if result.outcome == Outcome.PASSED:
            label = f"{output.good(self.pass_mark)} {result.check}"
        elif result.outcome == Outcome.FAILED:
            label = f"{output.bad(self.fail_mark)} {result.check}"
        else:
            label, texts = output.dim(label), [output.dim(result.text)]
        if result.fix:
            texts.append(output.good(f"Fix: {result.fix}"))
        if result.policy:
            texts += json.dumps(result.policy, indent=2).split("\n")
        output.item(label, *texts, column=TEXT_COLUMN)
        if result.documentation:
            output.link(result.documentation, column=TEXT_COLUMN)
