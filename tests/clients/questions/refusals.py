"""Questions that must be refused: limits, unknown orders and columns, broken cursors, things that do not exist."""

from .ask import question, refused

LISTS = ("traces", "observations", "sessions", "scores", "v2/scores")
SINGLE = ("trace", "observation", "session", "score", "v2/score")
UNKNOWN = "0123456789abcdef0123456789abcdef"
MOST = 100
MOST_OBSERVATIONS = 1000


def questions(rows):
    """Returns every question that must be refused."""
    for endpoint in LISTS:
        yield question(
            endpoint,
            "pages and limits out of range are refused",
            refused(400, says="Invalid request data", limit=MOST + 1),
            refused(400, says="Invalid request data", limit=0),
            refused(400, says="Invalid request data", page=0),
        )
    for endpoint in SINGLE:
        yield question(endpoint, "what does not exist is not found", refused(404, UNKNOWN, says="not found"))
    for endpoint, most in (("v2/observations", MOST_OBSERVATIONS), ("v3/scores", MOST)):
        yield question(
            endpoint,
            "limits out of range and cursors of somebody else are refused",
            refused(400, says="Invalid request data", limit=most + 1),
            refused(400, says="cursor", cursor="not a cursor"),
        )
    yield question("traces", "an unknown order is refused", refused(400, says="secrets", orderBy="secrets.asc"))
    for endpoint in ("traces", "observations", "v2/observations", "v2/scores"):
        yield question(endpoint, "unknown columns, operators and types of a filter are refused", *_filters())
    yield question("v2/observations", "payloads as JSON are refused", refused(400, parseIoAsJson=True))
    yield question(
        "v3/scores",
        "contradictions are refused",
        refused(400, fields="core,secrets"),
        refused(400, value="1"),
        refused(400, valueMin=1),
        refused(400, observationId=UNKNOWN),
        refused(400, traceId=UNKNOWN, sessionId=UNKNOWN),
    )


def _filters():
    element = {"type": "string", "column": "name", "operator": "=", "value": "x"}
    return (
        refused(400, says="secrets", filter=[element | {"column": "secrets"}]),
        refused(400, filter=[element | {"operator": "sounds like"}]),
        refused(400, filter=[element | {"type": "telepathy"}]),
        refused(400, filter=[element | {"type": "number", "value": 1}]),
        refused(400, filter="not a list"),
    )
