"""Golden files: a trace as plain HTTP reads it, as a tree, with everything replaced that differs from run to run.

`check(name, trace_id)` compares with `golden/<name>.json`, which a person has read: it says what a user of that framework sees.
`SPANSTONE_GOLDEN=write` writes the file instead; read the difference before committing it. The Node suites call this file as a
program: `golden.py NAME TRACE_ID`.
"""

import difflib
import json
import os
import re
import sys
from pathlib import Path
from urllib.parse import quote

from connection import get

FOLDER = Path(__file__).resolve().parent.parent / "golden"

TRACE_FIELDS = ("name", "userId", "sessionId", "tags", "environment", "release", "version", "public", "input", "output")
OBSERVATION_FIELDS = (
    "name",
    "type",
    "level",
    "statusMessage",
    "environment",
    "version",
    "model",
    "modelParameters",
    "promptName",
    "promptVersion",
    "usageDetails",
    "costDetails",
    "input",
    "output",
)
# What every field holds that a client has not filled.
UNSAID = (None, "", [], {}, "DEFAULT", "default", False)

# Members whose values name a release, a process or a moment, whatever they look like.
VOLATILE_MEMBERS = re.compile(
    # LiteLLM goes on filling its hidden parameters while its callbacks read them.
    r"versions?$|^hidden_params$|^(public_key|process\.|host\.|os\.|code\.|thread\.|service\.instance\.id|server\.port|logfire\.pending)"
    r"|duration|_time$|_at$|time_to_first|msToFirst|msToFinish|avgOutputTokensPerSecond|PerSecond|time_per|user-agent|run_id$"
)
PATTERNS = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b(?:trace_|span_|group_)?[0-9a-f]{32}\b"), "<id>"),
    (re.compile(r"(?<![\w.-])[0-9a-f]{16}(?!\w)"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"\b1[78]\d{8}\.\d+\b"), "<time>"),
    (re.compile(r"\btook \d+\.\d+s"), "took <seconds>"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<provider>"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "<address>"),
    (re.compile(r'File "[^"]*", line \d+'), 'File "<file>", line <line>'),
)


def trace(trace_id):
    """Returns the trace as a golden file has it."""
    read = get(f"traces/{quote(trace_id, safe='')}")
    children = {}
    known = {observation["id"] for observation in read["observations"]}
    for observation in read["observations"]:
        assert observation["startTime"] <= observation["endTime"], f"{observation['name']} ends before it starts"
        parent = observation["parentObservationId"]
        children.setdefault(parent if parent in known else None, []).append(observation)
    said = _said(read, TRACE_FIELDS)
    said["totalCost"] = read["totalCost"]
    said["metadata"] = _plain(read["metadata"])
    return said | {"observations": _tree(children, None, said["metadata"])}


def _tree(children, parent, known):
    """Returns the observations below `parent`; siblings by what they say, since two of them may start in one millisecond.

    What the metadata repeats of the trace's, which `known` is, is left out.
    """
    nodes = []
    for observation in children.get(parent, []):
        node = _said(observation, OBSERVATION_FIELDS)
        if observation["completionStartTime"]:
            node["completionStartTime"] = "<time>"
        metadata = _plain(observation["metadata"])
        node["metadata"] = {name: value for name, value in metadata.items() if known.get(name) != value}
        below = _tree(children, observation["id"], known)
        nodes.append(node | ({"children": below} if below else {}))
    return sorted(nodes, key=lambda node: json.dumps(node, ensure_ascii=False))


def _said(row, fields):
    return {field: _plain(row[field]) for field in fields if row[field] not in UNSAID}


def _plain(value, member=""):
    """Returns the value with what differs between runs replaced; JSON in strings is looked into."""
    if VOLATILE_MEMBERS.search(member):
        return "<volatile>"
    match value:
        case dict():
            return {_plain_text(key): _plain(inner, key) for key, inner in value.items()}
        case list():
            return [_plain(inner, member) for inner in value]
        case str():
            return _plain_text(value)
        case _:
            return value


def _plain_text(text):
    if text[:1] in ("{", "["):
        try:
            inner = json.loads(text)
        except ValueError:
            pass
        else:
            plain = _plain(inner)
            # The text stays a string, and as it was written when nothing in it is volatile.
            return text if plain == inner else json.dumps(plain, ensure_ascii=False)
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def check(name, trace_id):
    """Compares a trace with its golden file; the order of an object's members depends on when its parts came, and says nothing."""
    path = FOLDER / f"{name}.json"
    actual = trace(trace_id)
    if os.environ.get("SPANSTONE_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(json.dumps(actual, ensure_ascii=False, indent=1) + "\n")
        return
    expected, actual = _in_order(json.loads(path.read_text())), _in_order(actual)
    difference = difflib.unified_diff(_lines(expected), _lines(actual), "golden", "read", lineterm="", n=2)
    assert actual == expected, f"{path.name} differs:\n" + "\n".join(difference)


def _in_order(node):
    """Returns a node of the tree with everything below it in an order that does not depend on the order of members."""
    below = {name: [_in_order(child) for child in node[name]] for name in ("observations", "children") if name in node}
    return node | {
        name: sorted(nodes, key=lambda one: json.dumps(one, sort_keys=True)) for name, nodes in below.items()
    }


def _lines(value):
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).splitlines()


if __name__ == "__main__":
    try:
        check(*sys.argv[1:])
    except AssertionError as difference:
        sys.exit(str(difference))
