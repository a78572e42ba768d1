"""External text must be made printable before it reaches a terminal, a log, an error or a file.

`cli.terminal.writing`, `cli.terminal.output` and `cli.terminal.progress` write text for people,
`_core.logs` logs records, errors derive from `CognitoCredentialsError`, and `stores._private_files`
writes files. All of these escape external text. `Scan` finds every other use of an output function;
`ALLOWED` lists the uses that write no external text.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import cognito_credentials
from cognito_credentials import errors
from cognito_credentials._external_text import MAX_MESSAGE_LENGTH

ROOT = Path(cognito_credentials.__file__).parent

# Modules that write external text, with the reason why it is printable.
BOUNDARY = {
    "cli/terminal/writing.py": "makes every text printable; documents for programs are unchanged",
    "cli/terminal/progress.py": "makes every text printable",
    "_core/logs.py": "makes every argument of a record printable",
}
# Other uses, by file and expression, with the reason why they write no external text.
ALLOWED = {
    ("cli/program.py", "setattr(sys, name, open(os.devnull"): "stands in for a closed stream",
    ("cli/program.py", "open(os.devnull"): "stands in for a closed stream",
    ("cli/reporting/debug_log.py", "LineHandler(sys.stderr"): "the handler formats each record",
    ("cli/reporting/line_handler.py", "logging.getLogger(logs.NAME)"): "adds the handler",
    ("cli/reporting/debug_log.py", "logging.Formatter("): "a constant",
    ("cli/reporting/debug_log.py", "logging.getLogger(logs.NAME)"): "adds the handler",
    ("cli/reporting/exit_status.py", "traceback.print_exception(error)"): (
        "only with --debug, for an error that the package does not know"
    ),
    ("cli/commands/process.py", "sys.stdout.write(process_document("): "JSON, on the shortest path",
    ("cli/commands/process.py", "sys.stderr.write(messages.getvalue())"): "written by the boundary",
    ("cli/settings/arguments.py", "(file or sys.stdout).write("): "prints the help",
    ("cli/terminal/prompts.py", "getpass.getpass("): "the questions are constants",
    ("emulator/http_server.py", "logging.getLogger(__name__)"): "logs a constant",
    (
        "emulator/request_pipeline.py",
        "logging.getLogger(__name__)",
    ): "logs names that the emulator has parsed",
    (
        "emulator/server.py",
        "warnings.warn(warning",
    ): "contains only names of existing operations, and codes that the caller passed",
    (
        "_pytest_plugin.py",
        "warnings.warn(warning",
    ): "contains only names of existing operations, and codes that the test passed",
    ("emulator/moto/services.py", "logging.getLogger(__name__)"): "logs an escaped path",
    ("emulator/moto/services.py", "sys.stderr"): "a stream that WSGI requires",
    ("transports/via_aiohttp.py", "warnings.warn('"): "a constant text",
    (
        "transports/_certificate_files.py",
        "open(os.memfd_create(",
    ): "passes a certificate to OpenSSL",
    ("stores/_private_files.py", "open(os.open(temporary_path"): "the only way to replace a file",
    ("_endpoint/token_file.py", "open(os.open(path"): "creates a private file",
    ("cli/checks/store.py", "tempfile.mkstemp("): "for a constant, to see whether the disk is full",
    ("cli/checks/store.py", "os.write(descriptor, bytes(4096))"): "a constant",
}
WRITERS = ("write_line", "write_prompt", "Output", "ProgressLine", "terminal_width")
STREAMS = ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__")
MODES = set("wax+")
# Names of modules that a module must not import under other names, because `Scan` compares names.
OUTPUT_MODULES = {"builtins", "logging", "os", "sys", "traceback", "warnings"}
OUTPUT_NAMES = {
    "_stderr", "excepthook", "getLogger", "print", "stderr", "stdout", "warn", "write", "writev",
}  # fmt: skip
OUTPUT_FUNCTIONS = {
    "codecs.open", "csv.writer", "input", "io.FileIO", "json.dump", "os.system", "os.write",
    "os.writev", "pickle.dump", "pprint.pprint", "sys.displayhook", "sys.excepthook",
}  # fmt: skip
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
            or (
                last in {"write", "writelines"}
                and any(s in ast.unparse(node.func) for s in STREAMS)
            )
            or last in {"write_text", "write_bytes", "getpass"}
            or (name == "sys.exit" and not all(map(is_status, node.args)))
            or (name == "SystemExit" and not all(map(is_status, node.args)))
            or (name == "setattr" and any("sys" in ast.unparse(argument) for argument in node.args))
        )
        passed = [argument for argument in arguments if ast.unparse(argument) in STREAMS]
        if is_write or (passed and last not in WRITERS):
            self.found.append(ast.unparse(node))
            self.harmless |= {id(inner) for inner in ast.walk(node)}
        if name.startswith("sys.std"):  # This method does not write, such as `flush`.
            self.harmless.add(id(node.func.value))  # type: ignore[attr-defined]
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id == "print" and id(node) not in self.harmless:
            self.found.append(node.id)

    def visit_Import(self, node: ast.Import) -> None:
        if any(alias.asname and alias.name in OUTPUT_MODULES for alias in node.names):
            self.found.append(ast.unparse(node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = {alias.name for alias in node.names}
        if node.module in OUTPUT_MODULES and (
            names & OUTPUT_NAMES or any(name.startswith("print_") for name in names)
        ):
            self.found.append(ast.unparse(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if ast.unparse(node) in STREAMS and id(node) not in self.harmless:
            self.found.append(ast.unparse(node))
        self.generic_visit(node)

    @staticmethod
    def is_for_writing(node: ast.Call) -> bool:
        # The methods of paths have the mode as their first argument, functions as their second.
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
    """Return True for a number, and for the call of a function that returns an exit status."""
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


@pytest.mark.parametrize("file", SOURCES)
def test_a_module_writes_through_the_boundary(file):
    assert list_unexplained_writes(file, SOURCES[file]) == []


@pytest.mark.parametrize(
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
    "RequestError",  # A public error has the same message.
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
