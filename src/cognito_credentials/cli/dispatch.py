"""A command line whose first word is no verb: help, or the way to what was meant."""

from __future__ import annotations

import shlex

from cognito_credentials.cli import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import NoReturn

__all__ = ["options_of", "with_verb_first"]

HELP = "--help"


def with_verb_first(words: list[str]) -> list[str]:
    """Return the words so that the first is a verb, or `--help`."""
    match words:
        case [] | ["help" | "-h" | "--help"]:
            return [HELP]
        case ["help" | "-h" | "--help", verb, *_]:
            return [verb, HELP]
        case ["-V" | "--version", *rest]:
            return ["version", *rest]
        case _:
            return words


def options_of(words: list[str]) -> Namespace:
    """Return the options of the verb that comes first.

    Raises:
        SystemExit: Help was printed; or something is wrong, which was said.
    """
    verb, *rest = words
    if verb not in (HELP, *program.VERBS):
        _refuse(words)
    parser = program.overview() if verb == HELP else program.parser_of(verb)
    return parser.parse_args(words if verb == HELP else rest)


def _refuse(words: list[str]) -> NoReturn:
    refuse = program.overview().refuse
    first = words[0]
    if first.strip("-") and first.startswith("-") and (at := _place_of_verb(words)):
        # Not what follows the verb: of exec, another program's words, which may hold a secret.
        line = shlex.join([program.PROGRAM, words[at], *words[:at]])
        refuse("options come after the verb", line + (" ..." if words[at + 1 :] else ""))
    from difflib import get_close_matches

    close = get_close_matches(first, [*program.VERBS, "help"], n=1)
    refuse(f"there is no verb {first!r}", f"{program.PROGRAM} {close[0] if close else HELP}")


def _place_of_verb(words: list[str]) -> int:
    """Return where the verb is, 0 where there is none; what follows an option may be its value."""
    places = [at for at, word in enumerate(words) if word in program.VERBS]
    surer = [at for at in places if not words[at - 1].startswith("-")]
    return next(iter(surer + places), 0)
