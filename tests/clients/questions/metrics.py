"""Questions in both languages of metrics, answered here by going through the rows one by one."""

import datetime as dt
import math

from .ask import question, refused
from .filters import SETS, TEXT

DAY = len("2026-11-22")
BINS = 5
MONTH = {"from": "2026-11-21T09:00:00Z", "to": "2026-11-21T12:00:00Z"}
PERCENT = 100


def questions(rows):
    """Returns every question about metrics."""
    for endpoint in ("metrics", "v2/metrics"):
        yield from _observations(endpoint, rows)
        yield from _scores(endpoint, rows)
        yield from _refused(endpoint)
    yield from _traces(rows)
    yield from _newer(rows)


def _span(rows):
    """Returns the days that hold everything."""
    moments = sorted(one["startTime"] for one in rows.observations) + [one["timestamp"] for one in rows.scores_v2]
    first, last = (dt.date.fromisoformat(moment[:DAY]) for moment in (min(moments), max(moments)))
    after = last + dt.timedelta(days=1)
    return {"fromTimestamp": f"{first}T00:00:00Z", "toTimestamp": f"{after}T00:00:00Z"}


def _measure(name, aggregation):
    return {"measure": name, "aggregation": aggregation}


def _quantile(percent):
    def quantile(values):
        place = (len(values) - 1) * percent / PERCENT
        low, high = math.floor(place), math.ceil(place)
        ordered = sorted(values)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return quantile


AGGREGATIONS = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "count": len,
    "max": max,
    "min": min,
    "uniq": lambda values: len(set(values)),
    **{f"p{percent}": _quantile(percent) for percent in (50, 75, 90, 95, 99)},
}


def _answer(entities, dimensions, metrics):
    """Groups the entities by their dimensions and sums up each measure of each group."""
    groups = {}
    for entity in entities:
        groups.setdefault(tuple(cell(entity) for cell in dimensions.values()), []).append(entity)
    answer = []
    for values, members in groups.items():
        row = dict(zip(dimensions, values, strict=True))
        for (measure, value_of), aggregation in metrics:
            known = [value for value in map(value_of, members) if value is not None]
            row[f"{aggregation}_{measure}"] = AGGREGATIONS[aggregation](known) if known else None
        answer.append(row)
    return answer


def _ask(rows, view, entities, dimensions, metrics, **more):
    """Returns a call with its answer, whose rows may come in any order."""
    query = {
        "view": view,
        "dimensions": [{"field": field} for field in dimensions],
        "metrics": [_measure(measure, aggregation) for (measure, _), aggregation in metrics],
        "filters": [],
        **_span(rows),
        **more,
    }
    answer = _answer(entities, dimensions, metrics)
    return {"parameters": {"query": query}, "table": answer, "keys": list(dimensions)}


def _of(key):
    return lambda entity: entity[key]


def _milliseconds(observation):
    """Returns how long it took, by the milliseconds of its start and its end."""
    if observation["endTime"] is None:
        return None
    start, end = (dt.datetime.fromisoformat(observation[key]) for key in ("startTime", "endTime"))
    return (end - start) // dt.timedelta(milliseconds=1)


def _usage(part):
    """Tokens that nobody counted are none."""
    return lambda observation: sum(held for key, held in observation["usageDetails"].items() if part in key)


def _cost(part):
    """A cost that nobody knows is unknown."""

    def amount(observation):
        amounts = [held for key, held in observation["costDetails"].items() if part in key]
        return sum(amounts) if amounts else None

    return amount


COUNT = ("count", lambda entity: 1)
LATENCY = ("latency", _milliseconds)
MEASURES = {
    "inputTokens": _usage("input"),
    "outputTokens": _usage("output"),
    "totalTokens": lambda one: one["usageDetails"].get("total", 0),
    "inputCost": _cost("input"),
    "outputCost": _cost("output"),
    "totalCost": lambda one: one["costDetails"].get("total"),
}


def _with(name, aggregation):
    return (name, MEASURES[name]), aggregation


def _observations(endpoint, rows):
    every = rows.observations

    def ask(dimensions, metrics, entities=every, **more):
        fields = {field: _of({"providedModelName": "model"}.get(field, field)) for field in dimensions}
        return _ask(rows, "observations", entities, fields, metrics, **more)

    counted = [(COUNT, "count")]
    yield question(endpoint, "how many observations", ask([], counted))
    yield question(endpoint, "observations by type", ask(["type"], [(COUNT, "count"), (COUNT, "sum")]))
    yield question(
        endpoint, "observations by name and level", ask(["name", "level"], counted, config={"row_limit": 1000})
    )
    latencies = [(LATENCY, aggregation) for aggregation in AGGREGATIONS.keys() - {"uniq"}]
    timed = [one for one in every if one["endTime"] is not None and one["type"] != "EVENT"]
    lasting = {"type": "stringOptions", "column": "type", "operator": "none of", "value": ["EVENT"]}
    yield question(endpoint, "latency by environment", ask(["environment"], latencies, timed, filters=[lasting]))
    generations = [one for one in every if one["type"] == "GENERATION" and one["model"] and one["costDetails"]]
    names = sorted({one["model"] for one in generations})
    only = [
        {"type": "string", "column": "type", "operator": "=", "value": "GENERATION"},
        {"type": "stringOptions", "column": "providedModelName", "operator": "any of", "value": names},
    ]
    named = [one for one in every if one["type"] == "GENERATION" and one["model"] in names]
    sums = [_with(measure, "sum") for measure in MEASURES]
    yield question(endpoint, "tokens and cost by model", ask(["providedModelName"], sums, named, filters=only))
    yield from _filtered(endpoint, rows, ask)
    yield from _bucketed(endpoint, rows)
    yield from _ordered(endpoint, rows)
    yield _histogram(endpoint, rows)


def _filtered(endpoint, rows, ask):
    counted = [(COUNT, "count")]
    traced = rows.trace_by_id
    part = "a"
    for operator, compare in TEXT.items():
        found = [one for one in rows.observations if one["name"] is not None and compare(one["name"], part)]
        filters = [{"type": "string", "column": "name", "operator": operator, "value": part}]
        yield question(
            endpoint, f"observations whose name {operator} a text", ask(["type"], counted, found, filters=filters)
        )
    tags = next(trace["tags"] for trace in rows.traces if len(trace["tags"]) > 1)[:1]
    found = [
        one
        for one in rows.observations
        if one["traceId"] in traced and SETS["any of"](set(traced[one["traceId"]]["tags"]), set(tags))
    ]
    filters = [{"type": "arrayOptions", "column": "tags", "operator": "any of", "value": tags}]
    yield question(endpoint, "observations of traces with a tag", ask(["type"], counted, found, filters=filters))
    nothing = [{"type": "string", "column": "name", "operator": "=", "value": "never written"}]
    yield question(
        endpoint,
        "nothing found is one row without dimensions and none with one",
        ask([], [(COUNT, "count")], [], filters=nothing) | {"table": [{"count_count": 0}]},
        ask(["type"], [(COUNT, "count")], [], filters=nothing),
    )


def _bucketed(endpoint, rows):
    """Hours without anything are there with nothing, except the one at which the window ends."""
    hours = {f"2026-11-21T{hour:02}:00:00Z": 0 for hour in (9, 10, 11)}
    for one in rows.observations:
        hour = one["startTime"][:13] + ":00:00Z"
        if hour in hours:
            hours[hour] += 1
    query = {
        "view": "observations",
        "metrics": [_measure("count", "count")],
        "timeDimension": {"granularity": "hour"},
        "fromTimestamp": MONTH["from"],
        "toTimestamp": MONTH["to"],
    }
    filled = [{"time_dimension": hour, "count_count": count} for hour, count in hours.items()]
    ordered = query | {"orderBy": [{"field": "time_dimension", "direction": "desc"}]}
    yield question(
        endpoint,
        "observations by hour, with and without the empty ones",
        {"parameters": {"query": query}, "table": filled},
        {"parameters": {"query": ordered}, "table": [row for row in reversed(filled) if row["count_count"]]},
        {
            "parameters": {"query": query | {"timeDimension": {"granularity": "day"}}},
            "table": [{"time_dimension": "2026-11-21", "count_count": sum(hours.values())}],
        },
    )


def _ordered(endpoint, rows):
    """The names that occur most, as many as occur equally often."""
    names = [one["name"] for one in rows.observations if one["name"] is not None]
    most = max(names.count(name) for name in names)
    top = [{"name": name, "count_count": most} for name in sorted(set(names)) if names.count(name) == most]
    query = {
        "view": "observations",
        "dimensions": [{"field": "name"}],
        "metrics": [_measure("count", "count")],
        "orderBy": [{"field": "count_count", "direction": "desc"}],
        "config": {"row_limit": len(top)},
        **_span(rows),
    }
    yield question(
        endpoint, "the most frequent names", {"parameters": {"query": query}, "table": top, "keys": ["name"]}
    )


def _histogram(endpoint, rows):
    lasting = [_milliseconds(one) for one in rows.observations if one["endTime"] is not None]
    query = {
        "view": "observations",
        "metrics": [_measure("latency", "histogram")],
        "config": {"bins": BINS},
        **_span(rows),
    }
    call = {
        "parameters": {"query": query},
        "histogram": {"column": "histogram_latency", "bins": BINS, "count": len(lasting)},
    }
    return question(endpoint, "how latencies are spread", call)


def _scores(endpoint, rows):
    every = rows.scores_v2
    value = ("value", lambda score: score["value"])
    numeric = [score for score in every if score["dataType"] in ("NUMERIC", "BOOLEAN")]
    boolean = [score for score in every if score["dataType"] == "BOOLEAN"]
    categorical = [score for score in every if score["dataType"] == "CATEGORICAL"]
    counted = [(COUNT, "count")]
    values = [*counted, *((value, aggregation) for aggregation in ("sum", "avg", "min", "max", "p50", "p90"))]
    by = {field: _of(field) for field in ("name", "source", "dataType", "environment")}
    yield question(endpoint, "numbers by score", _ask(rows, "scores-numeric", numeric, by, values))
    truth = {"name": _of("name"), "booleanValue": lambda score: score["value"] == 1}
    yield question(endpoint, "how often it is true", _ask(rows, "scores-boolean", boolean, truth, counted))
    rate = {"name": _of("name")}
    yield question(endpoint, "which part is true", _ask(rows, "scores-boolean", boolean, rate, [(value, "avg")]))
    labels = {"name": _of("name"), "stringValue": _of("stringValue")}
    yield question(endpoint, "how often each label", _ask(rows, "scores-categorical", categorical, labels, counted))


def _traces(rows):
    """The first language has traces, too."""
    parts = rows.observations_by_trace

    def over(measure):
        def total(trace):
            amounts = [measure(one) for one in parts[trace["id"]]]
            known = [amount for amount in amounts if amount is not None]
            return sum(known) if known else None

        return total

    metrics = [
        (COUNT, "count"),
        (("observationsCount", lambda trace: len(parts[trace["id"]])), "sum"),
        (("totalTokens", over(MEASURES["totalTokens"])), "sum"),
        (("totalCost", over(MEASURES["totalCost"])), "sum"),
        (("uniqueUserIds", _of("userId")), "uniq"),
        (("uniqueSessionIds", _of("sessionId")), "uniq"),
    ]
    used = [trace for trace in rows.traces if trace["name"] == "plan-a-trip"]
    named = {"type": "string", "column": "name", "operator": "=", "value": "plan-a-trip"}
    by = {"name": _of("name"), "environment": _of("environment"), "release": _of("release")}
    yield question("metrics", "traces by name", _ask(rows, "traces", used, by, metrics, filters=[named]))


def _newer(rows):
    """What only the second language can say."""
    roots = {one["id"]: one["isRootObservation"] for one in rows.observations_v2}
    by = {"isRootObservation": lambda one: roots[one["id"]]}
    metrics = [(COUNT, "count"), (("traceId", _of("traceId")), "uniq")]
    yield question("v2/metrics", "roots and others", _ask(rows, "observations", rows.observations, by, metrics))
    traces = [one["traceId"] for one in rows.observations]
    most = max(traces.count(trace) for trace in traces)
    top = sorted(trace for trace in set(traces) if traces.count(trace) == most)
    query = {
        "view": "observations",
        "dimensions": [{"field": "traceId"}],
        "metrics": [_measure("count", "count")],
        "orderBy": [{"field": "count_count", "direction": "desc"}],
        "config": {"row_limit": len(top)},
        **_span(rows),
    }
    table = [{"traceId": trace, "count_count": most} for trace in top]
    yield question(
        "v2/metrics", "the largest traces", {"parameters": {"query": query}, "table": table, "keys": ["traceId"]}
    )


def _refused(endpoint):
    good = {
        "view": "observations",
        "metrics": [_measure("count", "count")],
        "fromTimestamp": MONTH["from"],
        "toTimestamp": MONTH["to"],
    }
    wrong = [
        good | {"view": "secrets"},
        good | {"metrics": [_measure("secrets", "sum")]},
        good | {"metrics": [_measure("count", "guess")]},
        good | {"dimensions": [{"field": "secrets"}]},
        good | {"orderBy": [{"field": "secrets", "direction": "asc"}]},
        good | {"fromTimestamp": MONTH["to"], "toTimestamp": MONTH["from"]},
        good | {"config": {"row_limit": 1001}},
        good | {"config": {"bins": 0}},
        good | {"filters": [{"type": "string", "column": "secrets", "operator": "=", "value": "x"}]},
        {key: value for key, value in good.items() if key != "fromTimestamp"},
    ]
    if endpoint == "v2/metrics":
        wrong.append(good | {"view": "traces"})
        wrong.append(good | {"dimensions": [{"field": "traceId"}]})
        wrong.append(good | {"dimensions": [{"field": "userId"}], "timeDimension": {"granularity": "day"}})
    yield question(endpoint, "what makes no sense is refused", *(refused(400, query=query) for query in wrong))
