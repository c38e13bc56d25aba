"""Questions about sessions: the list with every parameter, and single sessions with their traces."""

from .ask import listed, middle, question, shown, telling

NEWEST_FIRST = ("createdAt", "desc")
PAGE = 3


def questions(rows):
    """Returns every question about sessions."""
    sessions = rows.sessions

    def by(found, **parameters):
        return listed([session for session in sessions if found(session)], NEWEST_FIRST, **parameters)

    moment = middle(sessions, lambda session: session["createdAt"], "creation")
    environment = telling(sessions, lambda session: session["environment"], "environment")
    yield question("sessions", "all, in pages", listed(sessions, NEWEST_FIRST, limit=PAGE))
    yield question(
        "sessions",
        "between two moments",
        by(lambda session: session["createdAt"] >= moment, fromTimestamp=moment),
        by(lambda session: session["createdAt"] < moment, toTimestamp=moment),
        by(lambda session: False, fromTimestamp=moment, toTimestamp=moment),
    )
    yield question(
        "sessions",
        "by environment",
        by(lambda session: session["environment"] == environment, environment=environment),
        by(lambda session: session["environment"] == environment, environment=[environment, "never-written"]),
        by(lambda session: False, environment=["never-written", "nor-this"]),
    )
    for session in sessions:
        yield question("session", f"session {session['id']}", _whole(rows, session))


def _whole(rows, session):
    """A session holds its traces whole, in any order, without what is computed from their observations."""
    computed = ("htmlPath", "latency", "totalCost", "observations", "scores")
    traces = [
        {key: value for key, value in trace.items() if key not in computed}
        for trace in rows.traces
        if trace["sessionId"] == session["id"]
    ]
    return shown(session | {"traces": sorted(traces, key=lambda trace: trace["id"])}, session["id"])
