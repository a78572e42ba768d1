"""External text must be made printable before it reaches a terminal, a log, an error or a file.

`cli.terminal.writing`, `cli.terminal.output` and `cli.terminal.progress` write text for people,
`_core.logs` logs records, and errors derive from `CognitoCredentialsError`. All of these escape
external text. `Scan` finds every other use of an output function; `ALLOWED` lists the uses that write
no external text, or text that the caller has made safe.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from cases import check_each

import cognito_credentials
from cognito_credentials import errors
from cognito_credentials._external_text import MAX_MESSAGE_LENGTH

ROOT = Path(cognito_credentials.__file__).parent

# Modules that write external text, with the reason why it is printable.
BOUNDARY = {
    "cli/terminal/writing.py": "makes text for people printable; JSON and config files have their own escaping",
    "cli/terminal/progress.py": "makes every text printable",
    "_core/logs.py": "makes every argument of a record printable",
}
# `stores._private_files` writes the entries of a store, which are JSON, and the AWS config file, whose
# new values were checked for control characters.
CALLER_CHECKS = "the caller passes JSON, or text without control characters"
# Other uses, by file and expression, with the reason why they write no harmful text.
ALLOWED = {
    ("cli/program.py", "setattr(sys, name, open(os.devnull"): "stands in for a closed stream",
    ("cli/program.py", "open(os.devnull"): "stands in for a closed stream",
    ("cli/program.py", "getattr(sys, name)"): "to see whether the stream is closed",
    ("cli/reporting/debug_log.py", "LineHandler(sys.stderr"): "the handler formats each record",
    ("cli/reporting/line_handler.py", "logging.getLogger(logs.NAME)"): "adds the handler",
    ("cli/reporting/line_handler.py", "logger.addHandler("): "the handler formats each record",
    ("cli/reporting/debug_log.py", "logger.addHandler("): "the handler formats each record",
    ("cli/reporting/exit_status.py", "os.open(os.devnull"): "stands in for a closed pipe",
    ("cli/reporting/debug_log.py", "logging.Formatter("): "a constant",
    ("cli/reporting/debug_log.py", "logging.getLogger(logs.NAME)"): "adds the handler",
    ("cli/reporting/exit_status.py", "traceback.print_exception(error)"): (
        "only with --debug, for an unexpected error"
    ),
    ("cli/commands/process.py", "sys.stdout.write(process_document("): "JSON escapes external text",
    ("cli/commands/process.py", "sys.stderr.write(messages.getvalue())"): "written by the boundary",
    ("cli/settings/arguments.py", "(file or sys.stdout).write("): "prints the help",
    ("cli/terminal/prompts.py", "getpass.getpass("): "the questions are constants",
    ("emulator/http_server.py", "logging.getLogger(__name__)"): "logs a constant",
    ("emulator/http_server.py", "_log.exception('The emulator"): "a constant",
    ("emulator/request_pipeline.py", "logging.getLogger(__name__)"): "see the next entry",
    (
        "emulator/request_pipeline.py",
        "_log.exception('The emulator",
    ): "logs names that were made printable",
    ("emulator/persistence/state_file.py", "os.open(path, os.O_CREAT"): "creates an empty file",
    (
        "emulator/server.py",
        "warnings.warn(warning",
    ): "contains only names of existing operations, and codes that the caller passed",
    (
        "_pytest_plugin.py",
        "warnings.warn(warning",
    ): "contains only names of existing operations, and codes that the test passed",
    ("emulator/moto/services.py", "logging.getLogger(__name__)"): "see the next entries",
    ("emulator/moto/services.py", "_log.warning('moto"): "logs names that were made printable",
    ("emulator/moto/services.py", "_log.debug('The traceback"): "a constant",
    ("emulator/moto/services.py", "sys.stderr"): "a stream that WSGI requires",
    ("transports/via_aiohttp.py", "warnings.warn('"): "a constant text",
    (
        "transports/_certificate_files.py",
        "open(os.memfd_create(",
    ): "passes a certificate to OpenSSL",
    (
        "transports/_certificate_files.py",
        "memory.write(content)",
    ): "passes a certificate to OpenSSL",
    ("_suppliers/bounded_io.py", "os.open(path, flags)"): "opens a file for reading",
    ("stores/_file_locks.py", "os.open(path, flags"): "creates an empty file",
    ("stores/_private_files.py", "os.open(path, flags)"): "opens a file for reading",
    ("stores/_private_files.py", "os.open(temporary_path"): "opens a file, and writes nothing",
    ("stores/_private_files.py", "file.write(contents)"): CALLER_CHECKS,
    ("stores/_private_files.py", "open(os.open(temporary_path"): "opens a file, and writes nothing",
    ("_endpoint/token_file.py", "open(os.open(path"): "opens a file, and writes nothing",
    ("_endpoint/token_file.py", "os.open(path"): "opens a file, and writes nothing",
    ("_endpoint/token_file.py", "file.write(contents)"): "writes a token to a private file",
    ("cli/checks/store.py", "tempfile.mkstemp("): "for a constant, to see whether the disk is full",
    ("cli/checks/store.py", "os.write(descriptor, bytes(4096))"): "a constant",
}
WRITERS = ("write_line", "write_prompt", "Output", "ProgressLine", "terminal_width")
STREAMS = ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__")
MODES = set("wax+")
# Modules that must not be imported under other names, because `Scan` compares names.
OUTPUT_MODULES = {"builtins", "logging", "os", "sys", "traceback", "warnings"}
OUTPUT_NAMES = {
    "_stderr", "excepthook", "getLogger", "print", "stderr", "stdout", "warn", "write", "writev",
}  # fmt: skip
OUTPUT_FUNCTIONS = {
    "codecs.open", "csv.writer", "faulthandler.dump_traceback", "input", "io.FileIO", "json.dump",
    "os.pwrite", "os.sendfile", "os.system", "os.write", "os.writev", "pickle.dump",
    "pprint.pprint", "shutil.copyfileobj", "sys.displayhook", "sys.excepthook",
    "sys.unraisablehook", "threading.excepthook", "warnings.showwarning",
}  # fmt: skip
# Methods of streams, `logging` and argparse that write, whatever the name of their object is.
WRITE_METHODS = {"addHandler", "print_help", "print_usage", "write", "writelines"}
LOG_METHODS = {"critical", "debug", "exception", "info", "warning"}
# Methods with a general name, such as `error`, write if they are called on objects with these names.
WRITING_RECEIVERS = {"log", "_log", "logger", "parser", "subparser"}
GENERAL_METHODS = {"error", "exit", "handle", "log"}
# Names of HTTP responses and of connections to servers, which are not terminals, logs or files.
CONNECTIONS = {"wfile", "tunnel"}
TEMPORARY_FILES = {"NamedTemporaryFile", "SpooledTemporaryFile", "TemporaryFile", "mkstemp"}


class Scan(ast.NodeVisitor):
    """Visitor for expressions that write, or pass a stream to a function not in WRITERS."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.harmless: set[int] = set()

    def visit_Call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func)
        last = name.rpartition(".")[2]
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if last in WRITERS:
            self.harmless |= {id(argument) for argument in arguments}
            choices = [a for a in arguments if isinstance(a, ast.BoolOp)]
            self.harmless |= {id(value) for choice in choices for value in choice.values}
        is_write = (
            name in OUTPUT_FUNCTIONS
            or name.startswith(("logging.", "warnings.warn", "traceback.print", "syslog."))
            or last in TEMPORARY_FILES
            or (last == "open" and name != "os.open" and self.is_for_writing(node))
            or (name == "os.fdopen" and self.is_for_writing(node))
            or self.is_write_method(node)
            or (name == "os.open" and "O_RDONLY" not in ast.unparse(node))
            or (name == "vars" and node.args and ast.unparse(node.args[0]) in OUTPUT_MODULES)
            or (name == "getattr" and self.is_output_name(node))
            or (last == "import_module" and getattr(node.args[0], "value", "") in OUTPUT_MODULES)
            or last in {"write_text", "write_bytes", "getpass"}
            or (name == "sys.exit" and not all(map(is_status, node.args)))
            or (name == "SystemExit" and not all(map(is_status, node.args)))
            or (name == "setattr" and any("sys" in ast.unparse(argument) for argument in node.args))
        )
        passed = [argument for argument in arguments if ast.unparse(argument) in STREAMS]
        if is_write or (passed and last not in WRITERS):
            self.found.append(ast.unparse(node))
            self.harmless |= {id(inner) for inner in ast.walk(node)}
        if name.startswith("sys.std"):  # Methods such as `flush` do not write.
            self.harmless.add(id(node.func.value))  # type: ignore[attr-defined]
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id == "print" and id(node) not in self.harmless:
            self.found.append(node.id)

    def visit_Import(self, node: ast.Import) -> None:
        if any(
            (alias.asname and alias.name in OUTPUT_MODULES) or alias.name.startswith("logging.")
            for alias in node.names
        ):
            self.found.append(ast.unparse(node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = {alias.name for alias in node.names}
        if (node.module or "").startswith("logging.") or (
            node.module in OUTPUT_MODULES
            and (
                names & OUTPUT_NAMES
                or any(name.startswith("print_") or name.endswith("Handler") for name in names)
            )
        ):
            self.found.append(ast.unparse(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if ast.unparse(node) in STREAMS and id(node) not in self.harmless:
            self.found.append(ast.unparse(node))
        self.generic_visit(node)

    @staticmethod
    def is_output_name(node: ast.Call) -> bool:
        module, attribute = ast.unparse(node.args[0]), getattr(node.args[1], "value", None)
        return module in OUTPUT_MODULES and (attribute is None or attribute in OUTPUT_NAMES)

    @staticmethod
    def is_write_method(node: ast.Call) -> bool:
        if not isinstance(node.func, ast.Attribute):
            return False
        method = node.func.attr
        receiver = ast.unparse(node.func.value).rpartition(".")[2]
        if method in WRITE_METHODS:
            return receiver not in CONNECTIONS
        # The method `exception` of a future has no arguments.
        if method in LOG_METHODS:
            return receiver != "logs" and bool(node.args)
        return method in GENERAL_METHODS and receiver in WRITING_RECEIVERS

    @staticmethod
    def is_for_writing(node: ast.Call) -> bool:
        # The mode is the first argument of methods of paths, and the second argument of functions.
        is_function = ast.unparse(node.func) in {"open", "io.open", "os.fdopen", "codecs.open"}
        modes = [
            *node.args[is_function : is_function + 1],
            *(k.value for k in node.keywords if k.arg in {"mode", None}),
        ]
        if is_function or node.keywords:
            return any(not isinstance(m, ast.Constant) or has_write_mode(m) for m in modes)
        return any(map(has_write_mode, modes))


def has_write_mode(node: ast.expr) -> bool:
    mode = getattr(node, "value", None)
    return isinstance(mode, str) and len(mode) <= 4 and not MODES.isdisjoint(mode)


def is_status(node: ast.expr) -> bool:
    """Return True for a number, and for a call to a function that returns an exit status."""
    return isinstance(node, ast.Call) or isinstance(getattr(node, "value", None), int)


def find_writes(source: str) -> list[str]:
    scan = Scan()
    scan.visit(ast.parse(source))
    return scan.found


def list_unexplained_writes(file: str, source: str) -> list[str]:
    if file in BOUNDARY:
        return []
    return [
        expression
        for expression in find_writes(source)
        if not any(
            file == allowed and expression.startswith(beginning) for allowed, beginning in ALLOWED
        )
    ]


SOURCES = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(ROOT.rglob("*.py"))}


@check_each("file", SOURCES)
def test_a_module_writes_through_the_boundary(file):
    assert list_unexplained_writes(file, SOURCES[file]) == []


@check_each(
    "bypass",
    [
        "print(error.message)",
        "print(text, file=sys.stderr)",
        "sys.stderr.write(f'{error}\\n')",
        "sys.stdout.writelines([message])",
        "sys.stdout.buffer.write(message.encode())",
        "sys.__stderr__.write(message)",
        "stream = sys.stderr",
        "show(sys.stderr, message)",
        "show(message, stream=sys.stdout)",
        "def show(text, stream=sys.stderr): stream.write(text)",
        "logging.getLogger('cognito_credentials').warning(message)",
        "logging.warning('%s', message)",
        "warnings.warn(message)",
        "traceback.print_exc()",
        "sys.exit(f'failed: {message}')",
        "raise SystemExit('failed: ' + message)",
        "open(path, 'w').write(message)",
        "open(path, mode='ab')",
        "with open(path, mode) as file: file.write(message)",
        "Path(path).write_text(message)",
        "getpass.getpass(message)",
        "show = print",
        "os.write(2, message.encode())",
        "from sys import stderr",
        "import sys as system",
        "from logging import getLogger",
        "from traceback import print_exc",
        "from warnings import warn",
        "Path(path).open('w').write(message)",
        "path.open(mode='a')",
        "open(path, **options)",
        "input(message)",
        "tempfile.NamedTemporaryFile('w').write(message)",
        "json.dump(document, file)",
        "sys.excepthook(*sys.exc_info())",
        "sys.exit(message)",
        "raise SystemExit(message)",
        "stream.write(message)",
        "self._stream.writelines([message])",
        "(file or stream).write(message)",
        "options.parser.error(message)",
        "parser.exit(1, message)",
        "parser.print_usage()",
        "logger.warning('%s', message)",
        "self.logger.error(message)",
        "_log.exception(message)",
        "logger.handle(record)",
        "logger.addHandler(handler)",
        "from logging import StreamHandler",
        "from logging.handlers import RotatingFileHandler",
        "import logging.config",
        "getattr(sys, 'stderr').write(message)",
        "stream = vars(sys)['stderr']",
        "importlib.import_module('sys').stderr.write(message)",
        "os.open('/dev/tty', os.O_WRONLY)",
        "os.open(path, flags)",
        "shutil.copyfileobj(response, file)",
        "warnings.showwarning(message, UserWarning, '', 0)",
    ],
)
def test_a_planted_bypass_is_found(bypass):
    source = f"import sys\n\ndef report(message):\n    {bypass}\n"
    assert list_unexplained_writes("cli/commands/whoami.py", source)


@pytest.mark.parametrize(
    "source",
    [
        "write_line(sys.stderr, message)",
        "Output(sys.stdout).line(message)",
        "sys.stdout.flush()",
        "sys.stderr.isatty()",
        "open(path, 'rb').read()",
        "open(path)",
        "path.open('rb')",
        "os.open(path, os.O_RDONLY)",
        "webbrowser.open(address)",
        "sys.exit(2)",
        "logs.warning('%s', message)",
        "self.wfile.write(body)",
        "task.exception()",
        "table.error(name, message)",
        "os.open(path, os.O_RDONLY | os.O_NONBLOCK)",
    ],
)
def test_an_ordinary_use_is_not_found(source):
    assert list_unexplained_writes("cli/commands/whoami.py", source) == []


@pytest.mark.parametrize(("file", "beginning"), ALLOWED)
def test_an_exception_is_still_needed(file, beginning):
    assert any(write.startswith(beginning) for write in find_writes(SOURCES[file]))


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_makes_its_message_printable(name):
    kind = getattr(errors, name)
    hostile = "\033[2J\n✓ forged" + "x" * 100_000
    keywords: dict[str, object] = {}
    if issubclass(kind, errors.ServiceError):
        keywords = {"operation_name": "GetId", "code": "c\033[2J\n", "http_status": 400}
    elif issubclass(kind, errors.LoginTokenError):
        keywords = {"provider_name": "p"}
    error = kind(hostile, hint=hostile, **keywords)
    error.hint += hostile
    assert error.message.isprintable()
    assert len(error.message) == MAX_MESSAGE_LENGTH
    assert error.args[0] == error.message
    assert str(error).isprintable()
    assert len(str(error)) < 3 * MAX_MESSAGE_LENGTH


def test_other_exceptions_are_internal():
    """The exceptions' messages are constants, or only appear in a public error or a log record."""
    public = {getattr(errors, name).__name__ for name in errors.__all__}
    classes = {
        node.name
        for file, source in SOURCES.items()
        if not file.startswith("emulator/") and file != "errors.py"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
        and any(
            name.endswith(("Error", "Exception")) and name not in public
            for name in (ast.unparse(base).rpartition(".")[2] for base in node.bases)
        )
    }
    assert classes == INTERNAL_EXCEPTIONS


INTERNAL_EXCEPTIONS = {
    "OtherVersionError",
    "RequestError",  # It is raised again as a public error with the same message.
    "StoreUnavailableError",
    "TimeLimitError",
    "TooLongError",
    "UnknownArgumentError",  # This class and the next three derive from ConfigurationError.
    "UnknownAttributeError",
    "UnknownImportError",
    "UnknownItemError",
    "UnreadableRecordError",
    "UnsealableError",
    "UnusableFileError",
    "WrongPermissionsError",
}
