"""Build the packages of a release and check everything that can be checked before they are published.

    make release-check                       # the version in _version.py
    make release-check ARGS="--tag v0.1.0"   # also check the tag and the changelog

Everything is built from the last commit; uncommitted changes have no effect. The packages and the software bill of
materials (CycloneDX) are in .build/dist afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

from check_error_urls import missing_anchors, read_published_page
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
DIST = ROOT / ".build" / "dist"
TOOLS = ROOT / ".build" / "release" / "bin"
PACKAGE = "cognito-credentials"
AUDIT_DATA = "https://pypi.org/pypi/urllib3/json"


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> str:
    """Run a command and return its output; if it fails, print the output and exit."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\nfailed: {' '.join(map(str, command))}")
    return done.stdout


def check_tag(tag: str, version: str) -> None:
    """Check that the tag and the newest section of the changelog name the version."""
    if tag != f"v{version}":
        sys.exit(f"The tag is {tag}, but the version in _version.py is {version}.")
    newest = re.search(r"^## (.*)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    if newest is None or not re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d\d-\d\d", newest[1]):
        sys.exit(f"The first section of CHANGELOG.md must be: ## {version} - YYYY-MM-DD")


def build(commit: str, directory: Path) -> dict[str, str]:
    """Build the sdist and the wheel from a copy of a commit, and return each file's digest."""
    source = directory / "source"
    source.mkdir(parents=True)
    archive = directory / "source.tar"
    run("git", "archive", "--output", archive, commit)
    with tarfile.open(archive) as tar:
        tar.extractall(source, filter="data")
    time = run("git", "log", "-1", "--format=%ct", commit).strip()
    run(
        *(sys.executable, "-m", "build", "--no-isolation", "--outdir", directory / "dist"),
        cwd=source,
        SOURCE_DATE_EPOCH=time,
    )
    files = sorted((directory / "dist").iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def check_types(wheel: Path, directory: Path) -> None:
    """Check tests/typing against the installed wheel instead of the source."""
    environment = directory / "environment"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", "-qq", "--no-deps", "--no-index", wheel)
    # The dependencies come from .venv. Python ignores .pth files there, so it ignores the editable
    # installation as well.
    packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    )
    dependencies = importlib.metadata.distribution("urllib3").locate_file("")
    (packages / "dependencies.pth").write_text(f"{dependencies}\n")
    shutil.copytree(ROOT / "tests" / "typing", directory / "typing")
    location = run(python, "-I", "-c", "import cognito_credentials as c; print(c.__file__)").strip()
    if not Path(location).is_relative_to(environment):
        sys.exit(f"The types would be checked against {location}.")
    run(
        *(sys.executable, "-m", "mypy", "--strict", "--python-executable", python),
        *("--config-file", os.devnull, directory / "typing"),
        cwd=directory,
    )


def test_sdist(sdist: Path, directory: Path) -> None:
    """Run tests in the unpacked sdist, with the package in the sdist."""
    with tarfile.open(sdist) as tar:
        tar.extractall(directory, filter="data")
    (unpacked,) = directory.iterdir()
    (unpacked / ".build").symlink_to(ROOT / ".build")  # the programs that `make peers` installs
    run(
        *(
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--numprocesses=2",
            "--dist=loadfile",
            "tests/unit/_core",
            "tests/unit/both_sides",
        ),
        cwd=unpacked,
        PYTHONPATH="src",
        PYTHONHASHSEED="0",  # The workers must collect the tests in the same order.
    )


def list_dependencies() -> list[str]:
    """Return the pinned versions of everything that the extra `all` installs."""
    found: dict[str, str] = {}
    pending = [(PACKAGE, frozenset({"all"}))]
    seen = set()
    while pending:
        item = pending.pop()
        if item in seen:
            continue
        seen.add(item)
        name, extras = item
        distribution = importlib.metadata.distribution(name)
        if name != PACKAGE:
            found[name] = distribution.version
        for text in distribution.requires or ():
            requirement = Requirement(text)
            environments = [{"extra": extra} for extra in extras | {""}]
            if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
                pending.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def audit(requirements: Path) -> str:
    """Search the dependencies for known vulnerabilities, if the database is reachable."""
    try:
        urllib.request.urlopen(AUDIT_DATA, timeout=10).close()
    except OSError as error:
        return f"skipped, because the database of PyPI is not reachable ({type(error).__name__})"
    run(TOOLS / "pip-audit", "--no-deps", "--disable-pip", "--requirement", requirements)
    return "no known vulnerability"


def check_error_urls() -> str:
    """Check that the published site describes every error, if it is reachable."""
    try:
        html = read_published_page()
    except HTTPError as error:
        sys.exit(f"{error.url} responds with status {error.code}: publish the site first.")
    except OSError as error:
        return f"skipped, because the site is not reachable ({type(error).__name__})"
    if missing := missing_anchors(html):
        sys.exit(f"The published site does not describe these errors: {', '.join(missing)}")
    return "all lead to the published site"


def main() -> None:
    """Run all checks, and print one line for each of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tag", help="the tag of the release")
    tag = parser.parse_args().tag
    version = run(sys.executable, "-m", "hatchling", "version").strip()
    if tag:
        check_tag(tag, version)
        print(f"URLs of errors: {check_error_urls()}")
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        commit = run("git", "rev-parse", "HEAD").strip()
        digests = build(commit, scratch / "first")
        if digests != build(commit, scratch / "second in another directory"):
            sys.exit("Two builds of the same commit differ.")
        shutil.copytree(scratch / "first" / "dist", DIST)
        print(f"build: two builds are identical: {', '.join(digests)}")
        (sdist,) = DIST.glob("*.tar.gz")
        (wheel,) = DIST.glob("*.whl")
        run(TOOLS / "twine", "check", "--strict", sdist, wheel)
        run(TOOLS / "check-wheel-contents", wheel)
        print("contents: twine and check-wheel-contents report no problem")
        check_types(wheel, scratch / "types")
        print("types: mypy accepts the programs in tests/typing with the installed wheel")
        test_sdist(sdist, scratch / "sdist")
        print("sdist: the unit tests of the core pass in the unpacked archive")
        requirements = scratch / "requirements.txt"
        requirements.write_text("\n".join(list_dependencies()) + "\n")
        bill = DIST / f"{PACKAGE}-{version}.cdx.json"
        run(
            *(TOOLS / "cyclonedx-py", "requirements", "--pyproject", ROOT / "pyproject.toml"),
            *("--mc-type", "library", "--output-reproducible", "--output-file", bill, requirements),
        )
        print(f"bill of materials: {bill.relative_to(ROOT)}")
        print(f"vulnerabilities: {audit(requirements)}")


if __name__ == "__main__":
    main()
