"""The commands of Dockerfile and compose.yaml, run on this machine, because Docker may not be available.

The environment contains what the Dockerfile installs. Directories, addresses and ports of the containers are
replaced.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml
from extras import create_environment
from page_blocks import find_free_port

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.*)$", DOCKERFILE, re.MULTILINE)


def instruction_words(name: str) -> list[str]:
    """Return the words of the instruction with this name, which must be a JSON array."""
    (text,) = instructions(name)
    words: list[str] = json.loads(text[text.index("[") :])
    return words


class Containers:
    """Runs container commands after replacing their directories, addresses and ports."""

    def __init__(self, folder: Path, home: Path, extras: frozenset[str]) -> None:
        programs = create_environment(folder / "environment", extras)
        self.path = f"{programs}{os.pathsep}{os.defpath}"
        self.home = home
        (folder / "credentials").mkdir(mode=0o700)
        (folder / "state").mkdir()
        self.replacements = {
            "0.0.0.0": "127.0.0.1",
            "//emulator:": "//127.0.0.1:",
            "/credentials/token": str(folder / "credentials" / "token"),
            "/state/": f"{folder}/state/",
            "/config/": f"{ROOT}/containers/",
            "4566": str(find_free_port()),
            "8899": str(find_free_port()),
        }

    def replace(self, text: str) -> str:
        for old, new in self.replacements.items():
            text = text.replace(old, new)
        return text

    @contextmanager
    def start(self, words: list[str], environment: dict[str, str] | None = None) -> Iterator[str]:
        """Start a service, and yield its first line of output."""
        with self.create(words, environment) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line
                yield line
            finally:
                process.terminate()

    def create(self, words: list[str], environment: dict[str, str] | None) -> subprocess.Popen[str]:
        variables = {name: self.replace(value) for name, value in (environment or {}).items()}
        return subprocess.Popen(
            [*map(self.replace, words)],
            env={"HOME": str(self.home), "PATH": self.path, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, words: list[str], environment: dict[str, str] | None = None) -> tuple[int, str]:
        """Run a command to its end; return its exit status and its output."""
        with self.create(words, environment) as process:
            output, _ = process.communicate(timeout=60)
        return process.returncode, output


@pytest.fixture
def containers(tmp_path: Path, home: Path) -> Containers:
    (installed,) = re.findall(r'pip install .*"\.\[([\w,]+)\]"', DOCKERFILE)
    return Containers(tmp_path, home, frozenset(installed.split(",")))


def test_the_image_runs_the_emulator(containers: Containers) -> None:
    health = instruction_words("HEALTHCHECK")
    assert containers.run(health)[0] != 0
    with containers.start(instruction_words("CMD")) as line:
        assert "AWS_ENDPOINT_URL" in line
        assert containers.run(health) == (0, "")


def test_a_program_gets_its_credentials_from_the_sidecar(containers: Containers) -> None:
    emulator, sidecar, app = (SERVICES[name] for name in ("emulator", "credentials", "app"))
    with ExitStack() as stack:
        stack.enter_context(containers.start(emulator["command"]))
        assert containers.run(instruction_words("HEALTHCHECK")) == (0, "")
        stack.enter_context(containers.start(sidecar["command"], sidecar["environment"]))
        assert containers.run(sidecar["healthcheck"]["test"][1:]) == (0, "")
        status, output = containers.run(app["command"], app["environment"])
        assert (status, "levels.json" in output) == (0, True)


def test_containers_do_not_run_as_root_and_publish_ports_on_loopback_only() -> None:
    assert instructions("USER")[-1].isdecimal()
    assert int(instructions("USER")[-1]) > 0
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_build_context_contains_the_copied_files() -> None:
    included = (ROOT / ".dockerignore").read_text().splitlines()
    for text in instructions("COPY"):
        *sources, _ = text.split()
        for source in sources:
            assert (ROOT / source).exists()
            assert f"!{source}" in included


def test_dependencies_are_pinned_without_hashes(tmp_path: Path) -> None:
    (command,) = re.findall(r"sed .*?(?= > constraints.txt)", DOCKERFILE)
    (tmp_path / "requirements").symlink_to(ROOT / "requirements")
    done = subprocess.run(
        shlex.split(command), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) > 100
    assert all(re.fullmatch(r"[\w.-]+==\S+( ; .+)?", line) for line in lines)
    assert "hash" not in done.stdout


def test_the_dev_container_extends_a_service() -> None:
    folder = ROOT / ".devcontainer"
    settings = json.loads((folder / "devcontainer.json").read_text(encoding="utf-8"))
    files = [(folder / name).resolve() for name in settings["dockerComposeFile"]]
    service = yaml.safe_load(files[-1].read_text(encoding="utf-8"))["services"][settings["service"]]
    assert settings["service"] in SERVICES
    assert f"FROM base AS {service['build']['target']}" in DOCKERFILE
