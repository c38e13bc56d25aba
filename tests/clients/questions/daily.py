"""Questions about what each day came to."""

from itertools import groupby

from .ask import in_order, question

DAY = len("2026-11-22")


def questions(rows):
    """Returns every question about days."""
    yield from _daily(rows)


def _daily(rows):
    days = _days(rows, rows.traces, rows.observations)
    yield question("metrics/daily", "every day, in pages", _paged(days, limit=1))
    trace = next(trace for trace in rows.traces if trace["userId"] and len(trace["tags"]) > 1)
    for name, value, found in (
        ("traceName", trace["name"], lambda one: one["name"] == trace["name"]),
        ("userId", trace["userId"], lambda one: one["userId"] == trace["userId"]),
        ("tags", trace["tags"], lambda one: set(trace["tags"]) <= set(one["tags"])),
        ("environment", [trace["environment"]], lambda one: one["environment"] == trace["environment"]),
        ("toTimestamp", trace["timestamp"], lambda one: one["timestamp"] < trace["timestamp"]),
    ):
        traces = [one for one in rows.traces if found(one)]
        ids = {one["id"] for one in traces}
        parts = [one for one in rows.observations if one["traceId"] in ids]
        yield question("metrics/daily", f"by {name}", _paged(_days(rows, traces, parts), **{name: value}))
    first = min(one["timestamp"] for one in rows.traces)
    yield question("metrics/daily", "from the first moment on", _paged(days, fromTimestamp=first))


def _paged(days, **parameters):
    call = {"groups": in_order(days, "date", "desc"), "key": "date"}
    if "limit" in parameters:
        call["limit"] = parameters.pop("limit")
    return call | {"parameters": parameters}


def _days(rows, traces, observations):
    by_day = {}
    for trace in traces:
        by_day.setdefault(trace["timestamp"][:DAY], ([], []))[0].append(trace)
    for observation in observations:
        by_day.setdefault(observation["startTime"][:DAY], ([], []))[1].append(observation)
    return [_day(date, *parts) for date, parts in by_day.items()]


def _day(date, traces, observations):
    def model(observation):
        return observation["model"] or ""

    ordered = sorted(observations, key=model)
    return {
        "date": date,
        "countTraces": len(traces),
        "countObservations": len(observations),
        "totalCost": _total(observations, "costDetails"),
        "usage": [_usage(name or None, list(group)) for name, group in groupby(ordered, key=model)],
    }


def _usage(model, observations):
    def tokens(part):
        return sum(amount for one in observations for key, amount in one["usageDetails"].items() if part in key)

    return {
        "model": model,
        "inputUsage": tokens("input"),
        "outputUsage": tokens("output"),
        "totalUsage": _total(observations, "usageDetails"),
        "countObservations": len(observations),
        "countTraces": len({one["traceId"] for one in observations}),
        "totalCost": _total(observations, "costDetails"),
    }


def _total(observations, details):
    return sum(one[details].get("total", 0) for one in observations)
