"""Questions about traces: the list with every parameter, order, group of fields and filter column, and single traces."""

from .ask import exact_sum, listed, middle, question, shown, telling
from .filters import Column, KeyedColumn, ask_columns, ask_keyed, condition

NEWEST_FIRST = ("timestamp", "desc")
ORDER_COLUMNS = ("id", "timestamp", "name", "userId", "release", "version", "sessionId")
PAGE = 7
LEVELS = ("DEBUG", "DEFAULT", "WARNING", "ERROR")

# What a list shows of a trace instead of a group that was not asked for.
LEFT_OUT = {
    "io": {"input": None, "output": None, "metadata": {}},
    "scores": {"scores": []},
    "observations": {"observations": []},
    "metrics": {"totalCost": -1, "latency": -1},
}


def questions(rows):
    """Returns every question about traces."""
    return [
        *_parameters(rows),
        *_orders(rows),
        *_fields(rows),
        *ask_columns("traces", columns(rows), rows.traces, NEWEST_FIRST, fields="core"),
        *ask_keyed("traces", keyed_columns(rows), rows.traces, NEWEST_FIRST, fields="core"),
        *_filters_and_parameters(rows),
        *_single(rows),
    ]


def without(*groups):
    """Returns what a list shows of a trace when these groups were not asked for."""
    return lambda trace: trace | {key: value for group in groups for key, value in LEFT_OUT[group].items()}


def _listed(rows, found, **parameters):
    return listed([trace for trace in rows.traces if found(trace)], NEWEST_FIRST, **parameters)


def _parameters(rows):
    traces = rows.traces
    yield question("traces", "all, in pages", listed(traces, NEWEST_FIRST, limit=PAGE))
    for key in ("userId", "name", "sessionId", "version", "release"):
        value = telling(traces, lambda trace, key=key: trace[key], key)
        yield question(
            "traces",
            f"by {key}",
            _listed(rows, lambda trace, key=key, value=value: trace[key] == value, **{key: value}),
            _listed(rows, lambda trace: False, **{key: "never written"}),
        )
    together = next(trace["tags"] for trace in traces if len(trace["tags"]) > 1)
    environment = telling(traces, lambda trace: trace["environment"], "environment")
    yield question(
        "traces",
        "by tags, all of them",
        _listed(rows, lambda trace: together[0] in trace["tags"], tags=together[0]),
        _listed(rows, lambda trace: set(together) <= set(trace["tags"]), tags=together),
        _listed(rows, lambda trace: False, tags=[*together, "never written"]),
    )
    yield question(
        "traces",
        "by environment, any of them",
        _narrowed(rows, environment, environment=environment),
        _narrowed(rows, environment, environment=[environment, "never-written"]),
    )
    moment = middle(traces, lambda trace: trace["timestamp"], "timestamp")
    yield question(
        "traces",
        "between two moments",
        listed(
            [trace for trace in traces if trace["timestamp"] >= moment],
            NEWEST_FIRST,
            without("scores", "observations", "metrics"),
            fromTimestamp=moment,
            fields="core,io",
        ),
        _listed(rows, lambda trace: trace["timestamp"] < moment, toTimestamp=moment),
        _listed(rows, lambda trace: False, fromTimestamp=moment, toTimestamp=moment),
    )


def _narrowed(rows, wanted, **parameters):
    """Returns a call by environment, which also narrows down the observations and scores that a trace is shown with."""

    def ids(parts):
        return [part["id"] for part in parts if part["environment"] == wanted]

    def show(trace):
        parts = {
            "observations": ids(rows.observations_by_trace[trace["id"]]),
            "scores": ids(score for score in rows.scores_by_trace[trace["id"]] if score["dataType"] != "CORRECTION"),
        }
        return {key: value for key, value in trace.items() if key not in ("totalCost", "latency")} | parts

    return listed([trace for trace in rows.traces if trace["environment"] == wanted], NEWEST_FIRST, show, **parameters)


def _orders(rows):
    for key in ORDER_COLUMNS:
        yield question(
            "traces",
            f"in order of {key}",
            *(
                listed(rows.traces, (key, direction), orderBy=f"{key}.{direction}", limit=PAGE)
                for direction in ("asc", "desc")
            ),
        )


def _fields(rows):
    every = set(LEFT_OUT)
    asked = {
        "core": every,
        **{f"core,{group}": every - {group} for group in LEFT_OUT},
        "io,scores,unheard": every - {"io", "scores"},
    }
    for fields, groups in asked.items():
        yield question("traces", f"fields {fields}", listed(rows.traces, NEWEST_FIRST, without(*groups), fields=fields))


def _filters_and_parameters(rows):
    user = telling(rows.traces, lambda trace: trace["userId"], "user")
    others = condition("userId", "stringOptions", "none of", [user])
    named = next(trace["name"] for trace in rows.traces if trace["userId"] == user)
    yield question(
        "traces",
        "a filter replaces the parameter of its column and no other",
        _listed(
            rows,
            lambda trace: trace["userId"] not in (None, user) and trace["name"] == named,
            userId=user,
            name=named,
            filter=[others],
        ),
    )


def _single(rows):
    whole = [trace for trace in rows.traces if trace["observations"] and trace["sessionId"] and "/" not in trace["id"]]
    for trace in whole:
        yield question("trace", f"trace {trace['id']}", shown(rows.one("traces", trace["id"]), trace["id"]))
    first = rows.one("traces", whole[0]["id"])
    for group, left_out in LEFT_OUT.items():
        kept = ",".join(["core", *(other for other in LEFT_OUT if other != group)])
        yield question("trace", f"without {group}", shown(first | left_out, first["id"], fields=kept))


def _sum(observations, details, part):
    """Adds up the entries of all observations whose key contains `part`; nothing there is 0."""
    return exact_sum(amount for one in observations for key, amount in one[details].items() if part in key.lower())


def _total(observations, details):
    """Adds up the totals; None when no observation has one."""
    totals = [one[details]["total"] for one in observations if "total" in one[details]]
    return exact_sum(totals) if totals else None


def columns(rows):
    """Returns the columns that a filter of traces may name."""
    parts = rows.observations_by_trace

    def of(key):
        return lambda trace: trace[key]

    def over(measure, *arguments):
        return lambda trace: measure(parts[trace["id"]], *arguments)

    def counted(level):
        return lambda trace: sum(one["level"] == level for one in parts[trace["id"]])

    def worst(trace):
        levels = {one["level"] for one in parts[trace["id"]]}
        return max(levels, key=LEVELS.index) if levels else None

    return (
        Column("id", "string", of("id"), ("traceId", "ID")),
        Column("name", "string", of("name"), ("traceName", "Name")),
        Column("userId", "string", of("userId"), ("User ID",)),
        Column("sessionId", "string", of("sessionId"), ("Session ID",)),
        Column("version", "string", of("version"), ("Version",)),
        Column("release", "string", of("release"), ("Release",)),
        Column("environment", "string", of("environment"), ("Environment",)),
        Column("timestamp", "datetime", of("timestamp"), ("Timestamp",)),
        Column("bookmarked", "boolean", of("bookmarked")),
        Column("tags", "arrayOptions", of("tags"), ("traceTags",)),
        Column("level", "string", worst),
        *(Column(f"{level.lower()}Count", "number", counted(level)) for level in LEVELS),
        Column("inputTokens", "number", over(_sum, "usageDetails", "input")),
        Column("outputTokens", "number", over(_sum, "usageDetails", "output")),
        Column("totalTokens", "number", over(_total, "usageDetails"), ("tokens",)),
        Column("inputCost", "number", over(_sum, "costDetails", "input")),
        Column("outputCost", "number", over(_sum, "costDetails", "output")),
        Column("totalCost", "number", over(_total, "costDetails")),
        Column("latency", "number", of("latency")),
    )


def keyed_columns(rows):
    """Returns the columns whose conditions name a key: metadata and scores."""

    def metadata(trace):
        return {key: [value] for key, value in trace["metadata"].items() if isinstance(value, str)}

    def of_type(types, value_of):
        def cells(trace):
            held = {}
            for score in rows.scores_by_trace[trace["id"]]:
                if score["dataType"] in types:
                    held.setdefault(score["name"], []).append(value_of(score))
            return held

        return cells

    numbers = of_type(("NUMERIC", "BOOLEAN"), lambda score: score["value"])
    truths = of_type(("BOOLEAN",), lambda score: score["value"] == 1)
    labels = of_type(("CATEGORICAL",), lambda score: score["stringValue"])
    return (
        KeyedColumn("metadata", "stringObject", metadata, ("Metadata",)),
        KeyedColumn("scores_avg", "numberObject", numbers, ("scores",)),
        KeyedColumn("score_booleans", "booleanObject", truths),
        KeyedColumn("score_categories", "categoryOptions", labels),
    )
