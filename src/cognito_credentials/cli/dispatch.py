"""Parse command lines other than `process --profile NAME`, and explain those that are invalid."""

from __future__ import annotations

import shlex

from cognito_credentials.cli import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import NoReturn

__all__ = ["normalize", "parse_options"]

HELP = "--help"


def normalize(words: list[str]) -> list[str]:
    """Return the command line with its subcommand first, or with `--help` first.

    `help NAME` and `--help NAME` become `NAME --help`, and `--version` becomes `version`.
    """
    match words:
        case [] | ["help" | "-h" | "--help"]:
            return [HELP]
        case ["help" | "-h" | "--help", subcommand, *_]:
            return [subcommand, HELP]
        case ["-V" | "--version", *rest]:
            return ["version", *rest]
        case _:
            return words


def parse_options(words: list[str]) -> Namespace:
    """Parse a normalized command line.

    Raises:
        SystemExit: If help was printed or the command line is invalid. The text has been printed.
    """
    subcommand, *rest = words
    if subcommand == HELP:
        return program.create_overview_parser().parse_args(words)
    if subcommand not in program.SUBCOMMANDS:
        _reject(words)
    return program.create_parser(subcommand).parse_args(rest)


def _reject(words: list[str]) -> NoReturn:
    reject = program.create_overview_parser().refuse
    first = words[0]
    is_option = first.strip("-") and first.startswith("-")
    if is_option and (index := _find_subcommand(words)):
        # The words after the subcommand are left out: for exec they may contain a secret.
        line = shlex.join([program.PROGRAM, words[index], *words[:index]])
        reject("options must follow the subcommand", line + (" ..." if words[index + 1 :] else ""))
    from difflib import get_close_matches

    close = get_close_matches(first, [*program.SUBCOMMANDS, "help"], n=1)
    reject(f"unknown subcommand {first!r}", f"{program.PROGRAM} {close[0] if close else HELP}")


def _find_subcommand(words: list[str]) -> int:
    """Return the index of the subcommand, or 0 if there is none.

    A word that follows an option may be the value of that option, so other words come first.
    """
    indexes = [index for index, word in enumerate(words) if word in program.SUBCOMMANDS]
    certain = [index for index in indexes if not words[index - 1].startswith("-")]
    return next(iter(certain + indexes), 0)
