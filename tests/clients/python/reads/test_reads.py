"""Every question of `tests/clients/questions`, asked through every method with which this generation of the client can ask it."""

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest
from client import GENERATION, TABLE, as_read_here, connect, methods, plain
from compare import differences

PAGE = 100
RAISED = {400: "Error", 404: "NotFoundError"}
QUESTIONS = as_read_here(json.loads(Path(os.environ["SPANSTONE_QUESTIONS"]).read_text()))
CLIENT = connect(sdk_integration="reads") if GENERATION == "python-2" else connect()


def _asked():
    """Yields (method, question) for everything that this client has the method and the parameters for."""
    for question in QUESTIONS:
        if GENERATION in question.get("not for", ()):
            continue
        for method in methods(CLIENT, question["endpoint"]):
            calls = [call for call in question["calls"] if method.takes(call)]
            if calls:
                yield pytest.param(method, question["endpoint"], calls, id=f"{method.path}: {question['title']}")


@pytest.mark.parametrize(("method", "endpoint", "calls"), _asked())
def test_reads(method, endpoint, calls):
    for call in calls:
        try:
            check(method, TABLE["reads"][endpoint]["answer"], call)
        except Exception as failure:
            failure.add_note(f"called with {call.get('path', '')} {call['parameters']}")
            raise


def check(method, answer, call):
    """Makes one call and compares what the client read."""
    if "status" in call:
        refuse(method, call)
    elif "row" in call:
        show(method, call)
    elif "table" in call:
        tabulate(method, call)
    elif "histogram" in call:
        spread(method, call)
    elif answer == "pages":
        walk_pages(method, call)
    else:
        walk_cursor(method, call)


def show(method, call):
    read = method(*call["path"], **call["parameters"])
    read = getattr(read, "data", read)
    assert not differences(plain(read), call["row"])


def tabulate(method, call):
    rows = plain(method(**call["parameters"]).data)
    if "keys" in call:
        rows, expected = ([*sorted(part, key=_key_of(call))] for part in (rows, call["table"]))
        assert not differences(rows, expected)
    else:
        assert not differences(rows, call["table"])


def _key_of(call):
    return lambda row: json.dumps([row.get(key) for key in call["keys"]])


def spread(method, call):
    """Checks bins that follow each other and hold everything."""
    (row,) = plain(method(**call["parameters"]).data)
    bins = row[call["histogram"]["column"]]
    assert 1 <= len(bins) <= call["histogram"]["bins"]
    assert all(lower <= upper for lower, upper, _ in bins)
    assert all(before[1] <= after[0] for before, after in pairwise(bins))
    assert sum(height for *_, height in bins) == pytest.approx(call["histogram"]["count"])


def walk_pages(method, call):
    """Reads every page, or the first of a long list: these models take their time."""
    limit = call.get("limit", call.get("first", PAGE))
    total = sum(len(group) for group in call["groups"]) + len(call.get("valueless", ()))
    pages = 1 if "first" in call else max(1, -(-total // limit))
    read = []
    for page in range(1, pages + 1):
        answer = method(**call["parameters"], page=page, limit=limit)
        meta = answer.meta
        assert (meta.page, meta.limit, meta.total_items) == (page, limit, total)
        assert meta.total_pages == -(-total // limit)
        assert len(answer.data) == min(limit, total - len(read))
        read += answer.data
    if "limit" in call:
        assert method(**call["parameters"], page=pages + 1, limit=limit).data == []
    in_order(read, call, whole="first" not in call)


def walk_cursor(method, call):
    """Reads to the end, or the first page of a long list, which must then say rightly whether there is more."""
    parameters = {"limit": call.get("limit", call.get("first", PAGE))} | call["parameters"]
    read, cursor = [], {}
    while True:
        answer = method(**parameters, **cursor)
        read += answer.data
        assert len(answer.data) <= parameters["limit"]
        if answer.meta.cursor is None:
            break
        assert len(answer.data) == parameters["limit"], "a page before the last is not full"
        cursor = {"cursor": answer.meta.cursor}
        if "first" in call:
            break
    total = sum(len(group) for group in call["groups"]) + len(call.get("valueless", ()))
    assert (answer.meta.cursor is not None) == (len(read) < total)
    in_order(read, call, whole="first" not in call)


def in_order(read, call, whole=True):
    """Compares what was read with the groups that it must consist of, in their order; within a group any order is right."""
    key = call.get("key", "id")
    rows = [plain(row) for row in read]
    if read and hasattr(read[0], "dict"):
        # What an object says of itself as a dictionary is what it holds.
        assert not differences(plain(read[0].dict()), rows[0])
    valueless = call.get("valueless", [])
    first = bool(rows) and rows[0][key] in {row[key] for row in valueless}
    for group in [valueless, *call["groups"]] if first else [*call["groups"], valueless]:
        part, rows = rows[: len(group)], rows[len(group) :]
        expected = {row[key]: row for row in group}
        if whole or len(part) == len(group):
            assert sorted(row[key] for row in part) == sorted(expected)
        else:
            assert {row[key] for row in part} <= set(expected)
        for row in part:
            assert not differences(row, expected[row[key]])
    assert [row[key] for row in rows] == []


def refuse(method, call):
    """Calls what must be refused and checks the client's own exception."""
    with pytest.raises(Exception) as refusal:
        method(*call["path"], **call["parameters"])
    assert refusal.value.status_code == call["status"], refusal.value
    assert type(refusal.value).__name__ == RAISED[call["status"]]
    assert call.get("says", "") in refusal.value.body["message"]
