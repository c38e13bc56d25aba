"""Questions about scores, as the three APIs show them."""

from .ask import listed, middle, question, shortened, shown, telling
from .filters import Column, KeyedColumn, ask_columns, ask_keyed, condition

NEWEST_FIRST = ("timestamp", "desc")
PAGE = 5
COMPARE = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "!=": lambda left, right: left != right,
    "=": lambda left, right: left == right,
}
GROUPS = {
    "core": (
        *("id", "projectId", "name", "dataType", "value", "source"),
        *("timestamp", "environment", "createdAt", "updatedAt"),
    ),
    "details": ("comment", "configId", "metadata"),
    "annotation": ("authorUserId", "queueId"),
    "subject": ("subject",),
}


# Values that are asked for although not all of them occur.
ONLY = {"source": ("API", "ANNOTATION", "EVAL"), "authorUserId": ("never-written",)}


def questions(rows):
    """Returns every question about scores."""
    return [
        *_common("scores", rows.scores, rows),
        *_common("v2/scores", _visible(rows), rows),
        *_second(rows),
        *ask_columns("v2/scores", columns(rows), _visible(rows), NEWEST_FIRST),
        *ask_keyed("v2/scores", [_metadata_column()], _visible(rows), NEWEST_FIRST),
        *_third(rows),
        *_single(rows),
    ]


def _visible(rows):
    """The second API shows a score with its trace; scores of traces that nobody wrote are left out unless asked for."""
    shown_rows = []
    for score in rows.scores_v2:
        trace = rows.trace_by_id.get(score["traceId"])
        if trace is not None:
            held = {key: trace[key] for key in ("userId", "tags", "environment", "sessionId")}
            shown_rows.append(score | {"trace": held})
        elif score["traceId"] is None:
            shown_rows.append(score | {"trace": None})
    return shown_rows


def _common(endpoint, scores, rows):
    """The parameters that the first and the second API have."""

    def by(found, **parameters):
        return shortened(listed([score for score in scores if found(score)], NEWEST_FIRST, **parameters))

    yield question(endpoint, "all, in pages", listed(scores, NEWEST_FIRST, limit=PAGE))
    for key in ("name", "queueId", "configId", "dataType", "environment"):
        value = telling(scores, lambda score, key=key: score[key], key)
        yield question(
            endpoint, f"by {key}", by(lambda score, key=key, value=value: score[key] == value, **{key: value})
        )
    sources = ONLY["source"]
    by_source = (by(lambda score, value=value: score["source"] == value, source=value) for value in sources)
    yield question(endpoint, "by source", *by_source)
    user = telling(scores, lambda score: (score["trace"] or {}).get("userId"), "user")
    tags = next(score["trace"]["tags"] for score in scores if score["trace"] and len(score["trace"]["tags"]) > 1)
    yield question(
        endpoint,
        "by the user and the tags of the trace",
        by(lambda score: score["trace"] and score["trace"]["userId"] == user, userId=user),
        by(lambda score: score["trace"] and set(tags) <= set(score["trace"]["tags"]), traceTags=tags),
        by(lambda score: score["trace"] and tags[0] in score["trace"]["tags"], traceTags=tags[0]),
    )
    moment = middle(scores, lambda score: score["timestamp"], "timestamp")
    yield question(
        endpoint,
        "between two moments",
        by(lambda score: score["timestamp"] >= moment, fromTimestamp=moment),
        by(lambda score: score["timestamp"] < moment, toTimestamp=moment),
    )
    number = middle(scores, lambda score: score.get("value"), "value")
    yield question(
        endpoint,
        "by value",
        *(
            by(
                lambda score, holds=holds: score.get("value") is not None and holds(score["value"], number),
                value=number,
                operator=operator,
            )
            for operator, holds in COMPARE.items()
        ),
        by(lambda score: True, value=number),
        by(lambda score: True, operator=">"),
    )
    ids = [score["id"] for score in scores[::3]]
    yield question(endpoint, "by ids", by(lambda score: score["id"] in ids, scoreIds=",".join([*ids, "never-written"])))


def _second(rows):
    """The parameters that only the second API has."""
    scores = _visible(rows)

    def by(found, **parameters):
        return shortened(listed([score for score in scores if found(score)], NEWEST_FIRST, **parameters))

    for key in ("sessionId", "traceId", "datasetRunId"):
        value = telling(scores, lambda score, key=key: score[key], key)
        yield question(
            "v2/scores", f"by {key}", by(lambda score, key=key, value=value: score[key] == value, **{key: value})
        )
    observed = [score["observationId"] for score in scores if score["observationId"]][:3]
    yield question(
        "v2/scores",
        "by observations",
        by(lambda score: score["observationId"] in observed, observationId=",".join(observed)),
    )
    every = [score | {"trace": None} for score in rows.scores_v2]
    yield question(
        "v2/scores",
        "without the trace, those of unknown traces too",
        listed(every, NEWEST_FIRST, fields="score"),
        listed(scores, NEWEST_FIRST, fields="score,trace"),
    )
    boolean = condition("dataType", "stringOptions", "any of", ["BOOLEAN"])
    yield question(
        "v2/scores",
        "a filter replaces the parameter of its column and no other",
        by(
            lambda score: (score["dataType"], score["source"]) == ("BOOLEAN", "API"),
            dataType="NUMERIC",
            source="API",
            filter=[boolean],
        ),
    )


def _third(rows):
    scores = rows.scores_v3

    def show(*groups):
        keys = [key for group in ("core", *groups) for key in GROUPS[group]]
        return lambda score: {key: score[key] for key in keys}

    def by(found, **parameters):
        return listed([score for score in scores if found(score)], NEWEST_FIRST, show(), **parameters)

    def subject(kind, key="id"):
        return lambda score: score["subject"][key] if score["subject"]["kind"] == kind else None

    yield question("v3/scores", "all, in pages", listed(scores, NEWEST_FIRST, show(), limit=PAGE))
    for group in GROUPS:
        yield question("v3/scores", f"fields {group}", listed(scores, NEWEST_FIRST, show(group), fields=group))
    for key, values in ONLY.items():
        yield question(
            "v3/scores",
            f"by {key}",
            *(by(lambda score, key=key, value=value: score[key] == value, **{key: value}) for value in values),
        )
    for key in ("id", "name", "dataType", "environment", "configId", "queueId"):
        value = telling(scores, lambda score, key=key: score[key], key)
        other = next((score[key] for score in scores if score[key] not in (None, value)), "never-written")
        yield question(
            "v3/scores",
            f"by {key}",
            by(lambda score, key=key, value=value: score[key] == value, **{key: value}),
            by(lambda score, key=key, wanted=(value, other): score[key] in wanted, **{key: f"{value},{other}"}),
        )
    yield from _third_values(scores, by)
    trace = telling(scores, subject("trace"), "trace")
    of_trace = next((one for one in scores if subject("observation")(one)), None)
    observed = of_trace["subject"]
    session = telling(scores, subject("session"), "session")
    experiment = telling(scores, subject("experiment"), "experiment")
    yield question(
        "v3/scores",
        "by subject",
        by(lambda score: trace in (subject("trace")(score), subject("observation", "traceId")(score)), traceId=trace),
        by(lambda score: score["subject"] == observed, traceId=observed["traceId"], observationId=observed["id"]),
        by(lambda score: subject("session")(score) == session, sessionId=session),
        by(lambda score: subject("experiment")(score) == experiment, experimentId=experiment),
    )
    moment = middle(scores, lambda score: score["timestamp"], "timestamp")
    yield question(
        "v3/scores",
        "between two moments",
        by(lambda score: score["timestamp"] >= moment, fromTimestamp=moment),
        by(lambda score: score["timestamp"] < moment, toTimestamp=moment),
    )


def _third_values(scores, by):
    def typed(data_type):
        return [score for score in scores if score["dataType"] == data_type]

    number = middle(typed("NUMERIC"), lambda score: score["value"], "value")
    label = telling(typed("CATEGORICAL"), lambda score: score["value"], "label")

    def of(data_type, holds):
        return lambda score: score["dataType"] == data_type and holds(score["value"])

    yield question(
        "v3/scores",
        "by value",
        by(of("NUMERIC", lambda value: value == number), dataType="NUMERIC", value=f"{number}"),
        by(of("NUMERIC", lambda value: value >= number), dataType="NUMERIC", valueMin=number),
        by(of("NUMERIC", lambda value: value <= number), dataType="NUMERIC", valueMax=number),
        by(of("CATEGORICAL", lambda value: value == label), dataType="CATEGORICAL", value=label),
        by(of("BOOLEAN", lambda value: value is True), dataType="BOOLEAN", value="true"),
        by(of("BOOLEAN", lambda value: value is False), dataType="boolean", value="false"),
    )


def _single(rows):
    for score in rows.scores[:PAGE]:
        plain = {key: value for key, value in score.items() if key != "trace"}
        yield question("score", f"score {score['id']}", shown(plain, score["id"]))
    for kind in ("NUMERIC", "CATEGORICAL", "BOOLEAN", "TEXT", "CORRECTION"):
        score = next(score for score in rows.scores_v2 if score["dataType"] == kind)
        plain = {key: value for key, value in score.items() if key != "trace"}
        yield question("v2/score", f"a score of type {kind}", shown(plain, score["id"]))


def _metadata_column():
    def metadata(score):
        return {key: [value] for key, value in score["metadata"].items() if isinstance(value, str)}

    return KeyedColumn("metadata", "stringObject", metadata)


def columns(rows):
    """Returns the columns that a filter of the second API's scores may name."""

    def of(key):
        return lambda score: score.get(key)

    def of_trace(key):
        return lambda score: rows.trace_by_id[score["traceId"]][key] if score["traceId"] in rows.trace_by_id else None

    texts = (
        *("id", "environment", "traceId", "sessionId"),
        *("name", "source", "comment", "dataType", "stringValue"),
    )
    return (
        *(Column(name, "string", of(name)) for name in texts),
        Column("timestamp", "datetime", of("timestamp")),
        Column("observationId", "string", lambda score: score["observationId"] or ""),
        Column("value", "number", of("value")),
        Column("traceName", "string", of_trace("name")),
        Column("userId", "string", of_trace("userId")),
        Column("trace_tags", "arrayOptions", lambda score: of_trace("tags")(score) or []),
    )
