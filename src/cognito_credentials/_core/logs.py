"""The package's log, which costs nothing until somebody looks.

Importing `logging` takes as long as all of this package, so that it is only used for a debug line
when the program has imported it already. No handler is installed: a warning reaches standard error
unless the program says otherwise. What is logged names operations, codes and ids, never a value
that a user or the service gave.
"""

from __future__ import annotations

import sys

NAME = "cognito_credentials"


def debug(text: str, *arguments: object) -> None:
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(NAME).debug(text, *arguments)


def warning(text: str, *arguments: object) -> None:
    import logging

    logging.getLogger(NAME).warning(text, *arguments)
