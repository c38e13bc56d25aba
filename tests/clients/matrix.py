#!/usr/bin/env python3
"""Writes the tables of docs/COMPATIBILITY.md that say what was tested, from the report of a whole run of `tests/clients/run`.

Usage: tests/clients/matrix.py           write the tables
       tests/clients/matrix.py --check   end with 1 when they are not what the report shows
"""

import ast
import json
import re
import sys

from harness import suites
from harness.environments import CLIENTS
from harness.server import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "COMPATIBILITY.md"
REPORT = CLIENTS / "report.json"
BEGIN, END = "<!-- written by tests/clients/matrix.py -->", "<!-- end of what tests/clients/matrix.py writes -->"
GENERATIONS = tuple(suites.GENERATIONS)


def tables(report):
    """Returns the text between the markers."""
    return f"{_clients(report)}\n\n{_endpoints(report)}\n\n{_later(report)}\n"


def _clients(report):
    """One row per client and integration: its version, what its suite is, and which generations read what it wrote."""
    described = {suite.client: suite for suite in suites.WRITERS + suites.READERS}
    rows = []
    for outcome in report["suites"]:
        suite = described.get(outcome["client"])
        if suite is None or outcome["role"] != suites.WRITER:
            continue
        state = description(suite) if outcome["failed"] == 0 else "FAILED"
        rows.append((outcome["client"], outcome["version"], state, _readers(report, outcome["client"])))
    return _table(("client", "version", "what was tested", "its traces read by"), rows)


def description(suite):
    """Returns the first sentence with which the suite's file begins."""
    path = CLIENTS / suite.language / suite.files[0]
    if path.is_dir():
        path = min(path.glob("test_*.py"))
    text = path.read_text()
    if path.suffix == ".py":
        comment = ast.get_docstring(ast.parse(text))
    else:
        comment = "\n".join(
            line.removeprefix("//").strip() for line in re.match(r"(//.*\n)+", text).group().splitlines()
        )
    sentence = " ".join(comment.split("\n\n")[0].split())
    return sentence.split(". ")[0].rstrip(".").replace("|", "\\|")


def _readers(report, client):
    """Returns the generations of which a test has read every trace that the client published."""
    published = [name for name, suite in report["published"].items() if suite == client]
    if not published:
        return "its own suite"
    reading = [readers_of_trace(report, name) for name in published]
    return _joined([generation for generation in GENERATIONS if all(generation in one for one in reading)])


def readers_of_trace(report, name):
    """Returns the generations of which a test has read the trace that was published under this name."""
    return [
        generation
        for generation in GENERATIONS
        if any(case.endswith((f"[{name}]", f" of {name}")) for case in _cases_of_reader(report, generation))
    ]


def _cases_of_reader(report, generation):
    for outcome in report["suites"]:
        is_reader = outcome["role"] == suites.READER and outcome["client"].endswith(f" {generation}")
        if is_reader and not outcome["failed"]:
            yield from outcome["cases"]


def asked(report, generation):
    """Returns how many endpoints a generation has read, and with how many parameters in all."""
    endpoints = of(report["asked"], generation) or {}
    return len(endpoints), sum(map(len, endpoints.values()))


def of(told, generation):
    """Returns what a generation has told."""
    return told.get(generation.lower().replace(" ", "-"))


def _joined(generations):
    """Returns `Python 2, 3, JavaScript 4` for the generations of that name."""
    by_language = {}
    for generation in generations:
        language, number = generation.split()
        by_language.setdefault(language, []).append(number)
    return "; ".join(f"{language} {', '.join(numbers)}" for language, numbers in by_language.items())


def _endpoints(report):
    """One row per endpoint: with how many parameters each generation of the generated clients has asked it."""
    reads = json.loads((CLIENTS / "endpoints.json").read_text())["reads"]
    rows = []
    for endpoint, read in reads.items():
        cells = []
        for generation in GENERATIONS:
            parameters = (of(report["asked"], generation) or {}).get(endpoint)
            cells.append("" if parameters is None else str(len(parameters)))
        rows.append((f"`{read['route']}`", *cells))
    totals = (asked(report, generation) for generation in GENERATIONS)
    rows.append(("all", *(f"{endpoints} endpoints, {parameters} parameters" for endpoints, parameters in totals)))
    return _table(("endpoint", *GENERATIONS), rows)


def later():
    """Returns the resources of the generated clients that are not there yet, each with what it is."""
    return json.loads((CLIENTS / "endpoints.json").read_text())["not yet"]


def _later(report):
    """What the generated clients can call and nothing answers yet."""
    rows = [(f"`{resource}`", reason) for resource, reason in later().items() if resource in report["not yet"]]
    return _table(("not there yet", "what it is"), rows)


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _split():
    before, rest = DOCUMENT.read_text().split(BEGIN + "\n")
    held, after = rest.split(END)
    return before, held, after


def written():
    """Returns what the document holds between the markers."""
    return _split()[1]


def main(arguments):
    report = json.loads(REPORT.read_text())
    if arguments == ["--check"]:
        return 0 if written() == tables(report) else 1
    before, _, after = _split()
    DOCUMENT.write_text(f"{before}{BEGIN}\n{tables(report)}{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
