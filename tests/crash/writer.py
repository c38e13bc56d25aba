"""One writer: sends batches over one connection until the server is gone, and keeps the ledger."""

import datetime as dt
import http.client
import json
import socket

from harness.server import AUTHORIZATION
from ledger import Request, Row, digest

REQUESTS_MAX = 120
TRACES_PER_REQUEST_MAX = 4
UPDATE_CHANCE = 0.3
OTLP_CHANCE = 0.4
PAYLOAD_BYTES = (10, 3000)

# Ids that only a Langfuse batch can carry; they tell the observations that a later batch may update.
GENERATION = "generation "

# Unlike the stored text of an object, text is kept byte for byte, so the digest can be taken on both sides.
LETTERS = 'abcdefghijklmnopqrstuvwxyz äöü 日本語 🦀 "\\\n'


class Refused(Exception):
    """The server answered something else than a full acknowledgement."""


def write(port, ledger, name, chance, stop):
    """Sends requests of the round `name` until `stop` is set, the server is gone, or enough was sent.

    An answer that acknowledges only a part, or refuses, goes into the ledger's complaints.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    created = []
    try:
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(REQUESTS_MAX):
            if stop.is_set():
                return
            request, path, body, expected = next_request(name, chance, created)
            ledger.sent(name, request)
            send(connection, path, body, expected)
            ledger.acknowledged(name, request)
            created += [row for row in request.rows if row.id.startswith(GENERATION)]
    except (OSError, http.client.HTTPException):
        # The server was killed; what was not acknowledged by now never will be.
        return
    except Refused as refusal:
        ledger.complain(name, str(refusal))
    finally:
        connection.close()


def next_request(name, chance, created):
    """Returns a request for the ledger with its path, its body and the event ids that the answer must list."""
    if created and chance.random() < UPDATE_CHANCE:
        return update(chance, created.pop(chance.randrange(len(created))))
    if chance.random() < OTLP_CHANCE:
        return otlp(name, chance)
    return batch(name, chance)


def text(chance):
    # Random text is dear to make; a random slice and a random number make each payload different all the same.
    size = chance.randint(*PAYLOAD_BYTES)
    return f"{chance.getrandbits(64):016x} " + (LETTERS * (size // len(LETTERS) + 1))[:size]


def hexadecimal(chance, characters):
    return f"{chance.getrandbits(characters * 4) | 1:0{characters}x}"


def iso_now():
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(chance, kind, body):
    return {"id": hexadecimal(chance, 32), "type": kind, "timestamp": iso_now(), "body": body}


def batch(name, chance):
    """Returns a Langfuse batch with some traces, each with one generation."""
    rows, events = [], []
    for _ in range(chance.randint(1, TRACES_PER_REQUEST_MAX)):
        trace, generation = f"trace/{hexadecimal(chance, 32)}", GENERATION + hexadecimal(chance, 32)
        asked, prompt = text(chance), text(chance)
        rows.append(Row("trace", trace, trace, digest(asked)))
        rows.append(Row("observation", generation, trace, digest(prompt)))
        events.append(event(chance, "trace-create", {"id": trace, "name": name, "sessionId": name, "input": asked}))
        body = {"id": generation, "traceId": trace, "name": "generation", "startTime": iso_now(), "input": prompt}
        events.append(event(chance, "generation-create", body))
    return Request(rows), "/api/public/ingestion", {"batch": events}, {one["id"] for one in events}


def update(chance, row):
    """Returns a batch that gives an acknowledged generation its output."""
    output = text(chance)
    body = {"id": row.id, "traceId": row.trace_id, "output": output, "endTime": iso_now()}
    one = event(chance, "generation-update", body)
    return Request(outputs={row.id: digest(output)}), "/api/public/ingestion", {"batch": [one]}, {one["id"]}


def otlp(name, chance):
    """Returns an OTLP request with some traces of one span each; a root span's input is its trace's, too."""
    rows, spans = [], []
    for _ in range(chance.randint(1, TRACES_PER_REQUEST_MAX)):
        trace, span = hexadecimal(chance, 32), hexadecimal(chance, 16)
        prompt = text(chance)
        rows.append(Row("trace", trace, trace, digest(prompt)))
        rows.append(Row("observation", span, trace, digest(prompt)))
        now = dt.datetime.now(dt.UTC).timestamp()
        attributes = {"session.id": name, "langfuse.trace.name": name, "langfuse.observation.input": prompt}
        spans.append(
            {
                "traceId": trace,
                "spanId": span,
                "name": "span",
                "startTimeUnixNano": str(int(now * 1e9)),
                "endTimeUnixNano": str(int(now * 1e9) + 1_000_000),
                "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
            }
        )
    body = {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "crash"}, "spans": spans}]}]}
    return Request(rows), "/api/public/otel/v1/traces", body, None


def send(connection, path, body, expected):
    """Sends one request; an answer that is no full acknowledgement raises `Refused`."""
    headers = {"Authorization": AUTHORIZATION, "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    if expected is None:
        if answer.status != 200:
            raise Refused(f"POST {path} answered {answer.status}: {content[:500]!r}")
        return
    accepted = {one["id"] for one in json.loads(content)["successes"]} if answer.status == 207 else None
    if accepted != expected:
        raise Refused(f"POST {path} answered {answer.status}: {content[:500]!r}")
