"""Configuration of the documentation site, which `make site` builds with Sphinx.

The pages are Markdown files that also work on GitHub: links lead to files of the repository. Docstrings are written
in Markdown, too; `convert_docstring` translates what differs in reStructuredText.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.writers.text import TextTranslator

from cognito_credentials import __version__, _typing

ROOT = Path(__file__).parents[1]
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
REPOSITORY = URLS["Source"]

project = "cognito-credentials"
author = "The cognito-credentials maintainers"
project_copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_llms_txt",
]
exclude_patterns = ["_build", "_templates"]
nitpicky = True

# --- Markdown -------------------------------------------------------------------------------

myst_heading_anchors = 6
myst_enable_extensions = ["attrs_inline", "colon_fence"]
suppress_warnings = ["myst.header"]  # some pages begin with a level that GitHub renders smaller

# --- HTML -----------------------------------------------------------------------------------

html_theme = "furo"
html_title = "cognito-credentials"
html_baseurl = os.environ.get(
    "READTHEDOCS_CANONICAL_URL", "https://cognito-credentials.readthedocs.io/en/latest/"
)
html_theme_options = {
    "source_repository": REPOSITORY,
    "source_branch": "main",
    "source_directory": "docs/",
}
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["site.css"]
# Furo's default style underlines imported modules, which then look like links.
pygments_dark_style = "github-dark"
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True
llms_txt_summary = "Temporary AWS credentials from Amazon Cognito identity pools, for every Python library that calls AWS."

# --- API reference --------------------------------------------------------------------------

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_rtype = False

# Types of other libraries link to their documentation if the machine that builds the site can reach it.
if os.environ.get("READTHEDOCS") or os.environ.get("GITHUB_ACTIONS"):
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "aiohttp": ("https://docs.aiohttp.org/en/stable", None),
        "boto3": ("https://docs.aws.amazon.com/boto3/latest", None),
        "botocore": ("https://botocore.amazonaws.com/v1/documentation/api/latest", None),
    }
nitpick_ignore_regex = [
    (
        "py:.*",
        r"(aiobotocore|aiohttp|boto3|botocore|collections|datetime|httpx2?|opensearchpy|os|re|requests|types)\..*",
    ),
    (
        "py:.*",
        r".*\b(T|LeaseT|AsyncLeaseT|Script|(Any|Async|Sync)Provider)",
    ),  # type variables and private aliases
]


CODE_SPAN = re.compile(r"(?<![`:])`((?:[^`\n]|\n(?! *\n))+)`(?!`)")


def convert_docstring(
    app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Mark code in a docstring: indented blocks, and words between single backticks."""
    converted: list[str] = []
    previous = 0  # the indentation of the last line that is not blank
    in_code = False
    for position, line in enumerate(lines):
        indentation = len(line) - len(line.lstrip())
        after_blank = position > 0 and not lines[position - 1].strip()
        if line.strip():
            if in_code and indentation <= previous:
                in_code = False
            if not in_code:
                if after_blank and indentation >= previous + 4:
                    converted += [f"{' ' * previous}.. code-block::", ""]
                    in_code = True
                else:
                    previous = indentation
        converted.append(line)
    lines[:] = CODE_SPAN.sub(r"``\1``", "\n".join(converted)).split("\n")


def link_to_repository(app: Any, docname: str, source: list[str]) -> None:
    """Replace links to files outside of docs/ with links to the repository."""
    folder = (ROOT / "docs" / docname).parent

    def replace(match: re.Match[str]) -> str:
        target = (folder / match[1]).resolve()
        if target.is_relative_to(ROOT / "docs") or not target.exists():
            return match[0]
        kind = "tree" if target.is_dir() else "blob"
        return f"]({REPOSITORY}/{kind}/main/{target.relative_to(ROOT)}{match[2] or ''})"

    source[0] = re.sub(r"\]\(((?:\.\./)+[^)#\s]+)(#[^)\s]*)?\)", replace, source[0])


def skip_reexported(
    app: Any, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Document a name in the module that defines it, and only there."""
    module = app.env.current_document.autodoc_module
    if what == "module" and getattr(obj, "__module__", module) != module:
        return True
    return None


def resolve_type(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Resolve types that annotations import lazily, such as `t.Clock`."""
    if not node["reftarget"].startswith("t."):
        return None
    name = node["reftarget"][2:]
    target = getattr(_typing, name)
    node["reftarget"] = f"{target.__module__}.{getattr(target, '__qualname__', name)}"
    content = nodes.literal(name, name)
    domain = env.domains["py"]
    args = (env, node["refdoc"], app.builder, "class", node["reftarget"], node, content)
    return domain.resolve_xref(*args) or content


def write_api_as_text(app: Any, exception: Exception | None) -> None:
    """Replace the sources of the API reference, which only name modules, with text for other programs.

    `llms.txt` links to these files, and `llms-full.txt` contains them.
    """
    if exception or app.builder.format != "html":
        return
    for docname in sorted(app.env.found_docs):
        source = Path(app.outdir) / "_sources" / f"{docname}.rst.txt"
        if docname.startswith("api/") and source.exists():
            doctree = app.env.get_and_resolve_doctree(docname, app.builder)
            translator = TextTranslator(doctree, app.builder)
            doctree.walkabout(translator)
            source.write_text(translator.body, encoding="utf-8")


def improve_accessibility(
    app: Any, pagename: str, templatename: str, context: Any, doctree: Any
) -> None:
    """State the level of the headings in the sidebar, and let the keyboard scroll wide blocks."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace(
        'role="heading"', 'role="heading" aria-level="2"'
    )
    if "body" in context:
        body = context["body"].replace("<pre>", '<pre tabindex="0">')
        context["body"] = body.replace(
            '<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'
        )


def setup(app: Any) -> None:
    """Connect the functions of this file."""
    app.connect("autodoc-process-docstring", convert_docstring, priority=400)
    app.connect("autodoc-skip-member", skip_reexported)
    app.connect("html-page-context", improve_accessibility, priority=900)  # after the theme
    app.connect("missing-reference", resolve_type)
    app.connect("source-read", link_to_repository)
    app.connect("build-finished", write_api_as_text, priority=400)  # before sphinx_llms_txt
