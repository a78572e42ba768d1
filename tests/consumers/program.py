"""Run one definition of a consumer, step by step, in the environment of its library.

Arguments: name of the definition, JSON object with the settings. The program reads a command
per line from standard input, and writes one JSON object per command to standard output. The commands
are:

    use             send one request
    advance 3601    advance the clock of the provider
    mark-rejected   report the cached credentials as rejected, in place of the library
    recheck         wait until the library asks for the credentials again
    version         return the version of the library
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import sys
import threading
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from consumer_definitions import load_consumers
from shifted_clock import ShiftedClock

import cognito_credentials
import cognito_credentials.aio
from cognito_credentials.logins import FileToken


class ConsumerAccount:
    """Settings and providers for the client that a definition creates.

    Attributes:
        endpoint_url: URL of the emulator, for all services.
        region: AWS region.
        bucket: Bucket with the object `key`, which guests and signed-in users may read and write.
        pool: Identity pool ID.
        identity: "guest" or "signed-in".
    """

    def __init__(self, settings):
        self.endpoint_url = settings["endpoint_url"]
        self.region = settings["region"]
        self.bucket = settings["bucket"]
        self.key = settings["key"]
        self.pool = settings["pool"]
        self.identity = "signed-in" if settings["logins"] else "guest"
        self.clock = ShiftedClock()
        self._logins = {name: FileToken(path) for name, path in settings["logins"].items()}

    @cached_property
    def options(self):
        """Arguments of `from_cognito_identity_pool`."""
        return {
            "logins": self._logins or None,
            "client_config": {
                "endpoint_url": self.endpoint_url,
                "clock": self.clock,
                "proxies": {},
            },
        }

    @cached_property
    def provider(self):
        """The sync provider."""
        return cognito_credentials.from_cognito_identity_pool(self.pool, **self.options)

    @cached_property
    def async_provider(self):
        """The async provider."""
        return cognito_credentials.aio.from_cognito_identity_pool(self.pool, **self.options)

    def mark_rejected(self):
        for name in ("provider", "async_provider"):
            if name in self.__dict__:
                cache = self.__dict__[name].cached()
                cache.mark_rejected(cache.peek().access_key_id)


class Running:
    """A definition that is running."""

    def __init__(self, consumer, account):
        self._runner = asyncio.Runner()
        if inspect.isasyncgenfunction(consumer.open):
            self._context = contextlib.asynccontextmanager(consumer.open)(account)
            self._send = self._runner.run(self._context.__aenter__())
        else:
            self._context = contextlib.contextmanager(consumer.open)(account)
            self._send = self._context.__enter__()

    def use(self):
        result = self._send()
        if inspect.isawaitable(result):
            self._runner.run(_await(result))

    def close(self):
        if hasattr(self._context, "__aexit__"):
            self._runner.run(self._context.__aexit__(None, None, None))
        else:
            self._context.__exit__(None, None, None)
        self._runner.close()


async def _await(awaitable):
    return await awaitable


def describe_error(error):
    """Return the class of an error, and the messages of the error and its causes."""
    messages, cause = [], error
    while cause is not None:
        messages.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    return {"error": type(error).__name__, "message": "\n".join(messages)}


def perform(command, argument, consumer, account, running):
    if command == "advance":
        account.clock.offset += float(argument)
    elif command == "recheck":
        # The library reads the real clock to decide when its copy of the credentials expires.
        threading.Event().wait(consumer.recheck_seconds)
    elif command == "mark-rejected":
        account.mark_rejected()
    elif command == "version":
        return {"version": version(consumer.package)}
    else:
        try:
            running.use()
        except Exception as error:  # noqa: BLE001 - the error is reported to the test
            return describe_error(error)
    return {}


def main():
    # Libraries may print to standard output.
    responses = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, settings = sys.argv[1:]
    consumer = load_consumers()[name]
    account = ConsumerAccount(json.loads(settings))
    running = Running(consumer, account)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        response = perform(command, argument, consumer, account, running)
        responses.write(json.dumps(response) + "\n")
        responses.flush()
    running.close()


if __name__ == "__main__":
    main()
