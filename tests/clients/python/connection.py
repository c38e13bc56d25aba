"""The server under test: its address and keys, plain HTTP reads, and the manifest that hands a trace to the other readers."""

import base64
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HOST = os.environ["LANGFUSE_HOST"]
PUBLIC_KEY = os.environ["LANGFUSE_PUBLIC_KEY"]
SECRET_KEY = os.environ["LANGFUSE_SECRET_KEY"]
PROJECT_ID = os.environ["LANGFUSE_INIT_PROJECT_ID"]
PROJECT_NAME = os.environ["LANGFUSE_INIT_PROJECT_NAME"]
ORGANIZATION_NAME = os.environ["LANGFUSE_INIT_ORG_NAME"]
MANIFESTS = Path(os.environ["SPANSTONE_MANIFESTS"])

AUTHORIZATION = "Basic " + base64.b64encode(f"{PUBLIC_KEY}:{SECRET_KEY}".encode()).decode()
OTLP_TRACES = f"{HOST}/api/public/otel/v1/traces"
OTLP_GRPC = os.environ["SPANSTONE_GRPC"]


def get(path, **query):
    """Returns the JSON answer of `GET /api/public/<path>`; a status other than 2xx fails with the server's text."""
    url = f"{HOST}/api/public/{path}"
    if query:
        url += "?" + urllib.parse.urlencode(query, doseq=True)
    request = urllib.request.Request(url, headers={"Authorization": AUTHORIZATION})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        raise AssertionError(f"GET {url} answered {refusal.code}: {refusal.read().decode()}") from refusal


def publish(client, trace_id):
    """Writes what the trace must look like to every other reader, as plain HTTP shows it now.

    The suite calls this after its own assertions passed, so the file holds checked values.
    """
    trace = get(f"traces/{urllib.parse.quote(trace_id, safe='')}")
    manifest = {
        "client": client,
        "suite": os.environ["SPANSTONE_SUITE"],
        "trace": {key: trace[key] for key in ("id", "name", "userId", "sessionId", "tags", "environment")},
        "observations": {
            observation["id"]: {
                key: observation[key]
                for key in ("name", "type", "parentObservationId", "level", "statusMessage", "model", "usageDetails")
            }
            for observation in trace["observations"]
        },
        "scores": {score["name"]: score.get("stringValue") or score["value"] for score in trace["scores"]},
    }
    MANIFESTS.mkdir(parents=True, exist_ok=True)
    (MANIFESTS / f"{client}.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1))


def manifests():
    """Returns the published traces of all clients, by client name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(MANIFESTS.glob("*.json"))}


def only(items):
    """Returns the one item of a list; another number of items is an AssertionError."""
    assert len(items) == 1, f"{len(items)} instead of one: {items}"
    return items[0]


def eventually(check, seconds=15.0):
    """Returns `check()`'s value as soon as it raises no AssertionError.

    For clients that send from a background thread without a way to wait for it; the server's own answers need no waiting.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)
