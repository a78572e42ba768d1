"""Every link between pages of this repository must point to an existing file and heading.

Links to the published site and to the repository on GitHub are compared with the files of this repository.
"""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

from cases import check_each

ROOT = Path(__file__).parents[2]
PAGES = sorted(chain(ROOT.glob("*.md"), (ROOT / "docs").rglob("*.md")))
PAGE_NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

# Targets with a scheme, such as https: or mailto:, point outside the repository.
INTERNAL_LINK = re.compile(r"\]\((?![a-z]+:)([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
CODE_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
SITE, REPOSITORY = URLS["Documentation"], URLS["Source"]
RAW = REPOSITORY.replace("github.com", "raw.githubusercontent.com")
OWN_URL = re.compile(rf"(?:{SITE}|{REPOSITORY}(?![\w.-])|{RAW}/)[\w./#-]*")
# Pages of GitHub that are not files.
GITHUB_PAGES = {"", "/issues", "/security/advisories/new"}
EXPLICIT_ANCHOR = re.compile(r'<a (?:id|name)="([^"]+)"')


def read_without_code_blocks(page: Path) -> str:
    return CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))


def internal_links(page: Path) -> list[str]:
    return INTERNAL_LINK.findall(CODE_SPAN.sub("", read_without_code_blocks(page)))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub generates for a page's headings."""
    text = read_without_code_blocks(page)
    found = set(EXPLICIT_ANCHOR.findall(text))
    for heading in HEADING.findall(text):
        rendered = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", rendered.lower()).replace(" ", "-")
        repetition = 0
        while (anchor := f"{slug}-{repetition}" if repetition else slug) in found:
            repetition += 1
        found.add(anchor)
    return found


@check_each("name", PAGE_NAMES)
def test_links_of_a_page_lead_to_existing_files_and_headings(name: str) -> None:
    page = ROOT / name
    broken = []
    for link in internal_links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def find_target(url: str) -> tuple[Path, str]:
    """Return the file that a URL of the site or of the repository shows, and the anchor."""
    address, _, anchor = url.partition("#")
    if address.startswith(SITE):
        page = ROOT / "docs" / (address.removeprefix(SITE) or "index.html")
        sources = [page.with_suffix(suffix) for suffix in (".md", ".rst")]
        return next((each for each in sources if each.exists()), page), anchor
    path = re.sub(rf"^({REPOSITORY}/(blob|tree)|{RAW})/main/", "", address)
    return ROOT / path, anchor


# The extension sphinx_llms_txt writes these files when the site is built.
GENERATED_FILES = ("llms.txt", "llms-full.txt")
FILES_WITH_URLS = [
    *PAGES,
    *(ROOT / name for name in ("pyproject.toml", "CITATION.cff")),
    *(ROOT / ".github").rglob("*.*"),
    *(ROOT / "src").rglob("*.py"),
    *(ROOT / "docs").rglob("*.py"),
]


def list_own_urls() -> set[str]:
    return {
        url.rstrip(".")
        for file in FILES_WITH_URLS
        if file.is_file()
        for url in OWN_URL.findall(file.read_text(encoding="utf-8"))
        if url.removeprefix(REPOSITORY) not in GITHUB_PAGES
        and url.removeprefix(SITE) not in GENERATED_FILES
    }


@check_each("url", sorted(list_own_urls()))
def test_urls_of_this_project_lead_to_existing_files_and_headings(url: str) -> None:
    target, anchor = find_target(url)
    assert target.exists()
    assert not anchor or anchor in anchors(target)


def test_urls_of_other_places_are_not_found() -> None:
    assert not find_target(f"{SITE}no-such-page.html")[0].exists()
    assert not find_target(f"{REPOSITORY}/blob/main/no-such-file")[0].exists()
    assert find_target(f"{SITE}tutorial.html#install-the-library") == (
        ROOT / "docs" / "tutorial.md",
        "install-the-library",
    )


def test_the_readme_contains_absolute_links_only() -> None:
    """PyPI shows the README without the files that it would link to."""
    readme = ROOT / "README.md"
    assert internal_links(readme) == []
    assert len([url for url in list_own_urls() if url in readme.read_text()]) > 20


def test_pages_with_links_are_found() -> None:
    assert sum(len(internal_links(page)) for page in PAGES) > 50


def test_repeated_headings_have_numbered_anchors(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# `exec`: one program\n## Stores\n## Stores\n```sh\n# a comment\n```\n")
    assert anchors(page) == {"exec-one-program", "stores", "stores-1"}


def test_the_api_reference_contains_every_public_module() -> None:
    source = ROOT / "src" / "cognito_credentials"
    modules = {
        ".".join(("cognito_credentials", *path.relative_to(source).with_suffix("").parts))
        for path in (*source.glob("[a-z]*.py"), *source.glob("integrations/[a-z]*.py"))
    }
    packages = {f"cognito_credentials.{name}" for name in ("emulator", "stores", "transports")}
    pages = "".join(page.read_text() for page in (ROOT / "docs" / "api").glob("*.rst"))
    documented = set(re.findall(r"^\.\. automodule:: (\S+)$", pages, re.MULTILINE))
    assert documented == modules | packages | {"cognito_credentials"}
