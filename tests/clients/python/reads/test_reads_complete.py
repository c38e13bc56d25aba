"""Nothing of the generated client is forgotten: every method is asked, writes something, or belongs to what is not there yet."""

import json
import os
from pathlib import Path

import pytest
from client import CALLED, CALLS, GENERATION, TABLE, Method, generated, methods
from test_reads import CLIENT

READS = [(endpoint, path) for endpoint, read in TABLE["reads"].items() for path in read["methods"].get(GENERATION, ())]


def plain_name(path):
    return path.replace("_", "").replace(".", "").lower()


def is_known(path):
    """Tells whether a method is asked, writes something, or belongs to what is not there yet."""
    writes = {plain_name(write) for write in TABLE["writes"]}
    is_asked = path in {known for _, known in READS}
    return is_asked or plain_name(path.rpartition(".")[2]) in writes or later(path)


def later(path):
    """Returns the resource that is not there yet and that the method belongs to."""
    name = plain_name(path.partition(".")[2])
    return next((resource for resource in TABLE["not yet"] if name.startswith(plain_name(resource))), None)


def test_every_generated_method_is_known():
    assert [path for path in generated(CLIENT) if not is_known(path)] == []


@pytest.mark.parametrize(("endpoint", "path"), READS)
def test_every_parameter_was_asked_with(endpoint, path):
    assert Method(CLIENT, path).parameters - CALLED.get(path, set()) == set(), (
        f"GET {endpoint} was not asked with these"
    )


def test_what_was_asked_is_written_down_for_the_report():
    asked = {
        endpoint: sorted({name for method in methods(CLIENT, endpoint) for name in CALLED[method.path]})
        for endpoint, _ in READS
    }
    missing = sorted({later(path) for path in generated(CLIENT)} - {None})
    told = {"asked": asked, "calls": CALLS.total(), "not yet": missing}
    (Path(os.environ["SPANSTONE_ASKED"]) / f"{GENERATION}.json").write_text(json.dumps(told))
