"""Environments that contain what pip installs for a set of extras, and nothing else.

Each environment is a virtual environment whose packages are symbolic links to those in the
environment of the tests, so it can be created in a tenth of a second without pip and without a
network. It contains the requirements in pyproject.toml and, recursively, their dependencies.
"""

from __future__ import annotations

import sys
import tomllib
import venv
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path, PurePosixPath

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NAME = "cognito-credentials"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCRIPT = """\
#!{python}
import sys
from {module} import {function}
sys.exit({function}())
"""


def list_distributions(extras: frozenset[str], others: Iterable[str] = ()) -> set[str]:
    """Return the names of the distributions that pip installs, without the project itself."""
    found: set[tuple[str, str]] = set()
    pending = [*((NAME, extra) for extra in ("", *extras)), *((name, "") for name in others)]
    while pending:
        name, extra = key = pending.pop()
        if key in found:
            continue
        found.add(key)
        for requirement in list_requirements(name, extra):
            required = canonicalize_name(requirement.name)
            pending += [(required, each) for each in ("", *requirement.extras)]
    return {name for name, _ in found} - {NAME}


def list_requirements(name: str, extra: str) -> list[Requirement]:
    if name == NAME:
        optional = PROJECT["optional-dependencies"]
        return [*map(Requirement, optional[extra] if extra else PROJECT["dependencies"])]
    texts = metadata.requires(name) or []
    environment = {**default_environment(), "extra": extra}
    requirements = map(Requirement, texts)
    return [each for each in requirements if not each.marker or each.marker.evaluate(environment)]


def create_environment(folder: Path, extras: frozenset[str], others: Iterable[str] = ()) -> Path:
    """Create an environment in a folder, and return the directory with its programs.

    Args:
        folder: The folder.
        extras: The extras of this project.
        others: Other distributions, for example pytest.
    """
    venv.create(folder, symlinks=True, with_pip=False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    for name in list_distributions(extras, others):
        link_files(metadata.distribution(name), site)
    (site / "project.pth").write_text(f"{ROOT / 'src'}\n")
    write_metadata(site)
    programs = folder / "bin"
    module, _, function = PROJECT["scripts"][NAME].partition(":")
    script = programs / NAME
    script.write_text(SCRIPT.format(python=programs / "python", module=module, function=function))
    script.chmod(0o755)
    return programs


def write_metadata(site: Path) -> None:
    """Write the metadata of the project, from which pytest loads the plugin."""
    folder = site / "cognito_credentials-0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 0\n")
    groups = PROJECT["entry-points"]
    lines = [
        line
        for group, entries in groups.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    (folder / "entry_points.txt").write_text("\n".join([*lines, ""]))


def link_files(distribution: metadata.Distribution, site: Path) -> None:
    """Link the packages, modules and metadata of a distribution."""
    for file in distribution.files or ():
        first = PurePosixPath(file).parts[0]
        if first in {"..", "__pycache__", "bin"}:  # These files are programs and caches.
            continue
        link = site / first
        if not link.is_symlink():
            link.symlink_to(Path(str(distribution.locate_file(first))))
