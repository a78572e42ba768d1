"""Run the cells of the Jupyter recipe in notebooks, and sign in with the device code that a cell prints.

Standard input: JSON object with the cells of the first and of the second notebook. Before the second
notebook, the program waits for a line, so that the test can let the ID token expire. The program
prints a JSON line with the output of the last cell of each notebook.
"""

from __future__ import annotations

import html
import json
import re
import sys
import threading
import urllib.parse
import urllib.request

import nbformat
from nbclient import NotebookClient


def run_notebook(cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    if "login" in cells[0]:
        threading.Thread(target=sign_in, args=(notebook,), daemon=True).start()
    NotebookClient(notebook, timeout=100).execute()
    print(json.dumps(read_output(notebook.cells[-1])), flush=True)


def sign_in(notebook):
    """Enter the code in the issuer's page as soon as a cell has printed it."""
    while not (found := re.search(r"http\S+user_code=\S+", read_output(notebook.cells[0]))):
        threading.Event().wait(0.05)
    url = found[0]
    page = urllib.request.urlopen(url).read().decode()
    fields = re.findall(r'name="([^"]*)" value="([^"]*)"', page)
    form = {name: html.unescape(value) for name, value in fields} | {"user": "dora"}
    form.pop("cancel", None)
    urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()).close()


def read_output(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def main():
    first, second = json.loads(sys.stdin.readline())
    run_notebook(first)
    sys.stdin.readline()
    run_notebook(second)


if __name__ == "__main__":
    main()
