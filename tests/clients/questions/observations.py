"""Questions about observations, as the first API shows them and as the second does."""

from .ask import exact_sum, listed, middle, question, refused, shortened, shown, telling
from .filters import Column, KeyedColumn, ask_columns, ask_keyed, condition

NEWEST_FIRST = ("startTime", "desc")
PAGE = 11
SINGLE = 12

GROUPS = {
    "core": ("id", "traceId", "startTime", "endTime", "projectId", "parentObservationId", "type"),
    "basic": (
        *("name", "level", "statusMessage", "version", "environment", "bookmarked", "public"),
        *("userId", "sessionId", "isRootObservation"),
    ),
    "time": ("completionStartTime", "createdAt", "updatedAt"),
    "io": ("input", "output"),
    "metadata": ("metadata",),
    "model": ("model", "internalModelId", "modelParameters"),
    "usage": ("usageDetails", "costDetails", "totalCost", "usagePricingTierName"),
    "prompt": ("promptId", "promptName", "promptVersion"),
    "metrics": (),
    "trace_context": ("traceName", "tags", "release"),
}
ENRICHED = ("modelId", "inputPrice", "outputPrice", "totalPrice")
METADATA_CHARACTERS = 200
WORD = "umbrella"


def questions(rows):
    """Returns every question about observations."""
    order = NEWEST_FIRST
    return [
        *_parameters("observations", rows.observations, rows),
        *_parameters("v2/observations", rows.observations_v2, rows, show=_basic),
        *_newer_parameters(rows),
        *_texts(rows),
        *_fields(rows),
        *_metadata(rows),
        *ask_columns("observations", first_columns(rows), rows.observations, order),
        *ask_keyed("observations", [_metadata_column()], rows.observations, order),
        *ask_columns("v2/observations", second_columns(), rows.observations_v2, order, fields="core"),
        *ask_keyed("v2/observations", [_metadata_column()], rows.observations_v2, order, fields="core"),
        *_single(rows),
        *_resumed(rows),
    ]


def _only(*groups):
    """Returns what the second API shows of a row when these groups are asked for."""
    keys = [key for group in ("core", *groups) for key in GROUPS[group]]
    return lambda row: {key: row[key] for key in keys}


_basic = _only("basic")


def _parameters(endpoint, all_rows, rows, show=None):
    """The parameters that both APIs have."""
    traced = rows.trace_by_id

    def by(found, **parameters):
        return shortened(listed([row for row in all_rows if found(row)], NEWEST_FIRST, show, **parameters))

    yield question(endpoint, "all, in pages", listed(all_rows, NEWEST_FIRST, show, limit=PAGE))
    for key in ("name", "type", "traceId", "level", "parentObservationId", "environment", "version"):
        value = telling(all_rows, lambda row, key=key: row[key], key)
        yield question(endpoint, f"by {key}", by(lambda row, key=key, value=value: row[key] == value, **{key: value}))
    user = telling(rows.traces, lambda trace: trace["userId"], "user")
    yield question(
        endpoint, "by the user of the trace", by(lambda row: _trace(traced, row, "userId") == user, userId=user)
    )
    environment = telling(all_rows, lambda row: row["environment"], "environment")
    yield question(
        endpoint,
        "by any of several environments",
        by(lambda row: row["environment"] == environment, environment=[environment, "never-written"]),
    )
    moment = middle(all_rows, lambda row: row["startTime"], "start")
    yield question(
        endpoint,
        "between two moments",
        by(lambda row: row["startTime"] >= moment, fromStartTime=moment),
        by(lambda row: row["startTime"] < moment, toStartTime=moment),
        by(lambda row: False, fromStartTime=moment, toStartTime=moment),
    )
    generations = condition("type", "stringOptions", "any of", ["GENERATION", "EMBEDDING"])
    yield question(
        endpoint,
        "a filter replaces the parameter of its column and no other",
        by(
            lambda row: row["type"] in ("GENERATION", "EMBEDDING") and row["level"] == "DEFAULT",
            type="SPAN",
            level="DEFAULT",
            filter=[generations],
        ),
    )


def _trace(traces, observation, key):
    return traces[observation["traceId"]][key] if observation["traceId"] in traces else None


def _newer_parameters(rows):
    """The parameters that only the second API has."""
    all_rows = rows.observations_v2

    def by(found, **parameters):
        return listed([row for row in all_rows if found(row)], NEWEST_FIRST, _basic, **parameters)

    session = telling(all_rows, lambda row: row["sessionId"], "session")
    yield question("v2/observations", "by session", by(lambda row: row["sessionId"] == session, sessionId=session))
    yield question(
        "v2/observations",
        "roots and others",
        by(lambda row: row["isRootObservation"], isRootObservation=True),
        by(lambda row: not row["isRootObservation"], isRootObservation=False),
    )
    yield question(
        "v2/observations",
        "without a parent",
        by(lambda row: row["parentObservationId"] is None, parentObservationId=""),
    )


def _texts(rows):
    """Inputs and outputs are searched for words, whatever their case; the values of metadata as they are written."""
    all_rows = rows.observations_v2

    def by(found, *filters):
        chosen = [row for row in all_rows if found(row)]
        return listed(chosen, NEWEST_FIRST, _only(), filter=list(filters), fields="core")

    def holds(key, text):
        return lambda row: text.lower() in (row[key] or "").lower()

    def plan(text):
        return condition("metadata", "stringObject", "matches", text, "plan")

    whole = telling(all_rows, lambda row: row["output"], "output")
    output = condition("output", "string", "matches", "UMBRELLA")
    shoes = condition("output", "string", "contains", "shoes")
    yield question(
        "v2/observations",
        "by words of inputs, outputs and metadata",
        by(holds("output", WORD), output),
        by(holds("input", "travel agent"), condition("input", "string", "matches", "travel agent")),
        by(lambda row: row["output"] == whole, condition("output", "string", "=", whole)),
        by(lambda row: holds("output", WORD)(row) and "shoes" in row["output"], output, shoes),
        by(lambda row: row["metadata"].get("plan") == "premium", plan("premium")),
        by(lambda row: False, plan("PREMIUM")),
        refused(400, filter=[condition("output", "string", "contains", WORD)]),
        refused(400, filter=[condition("output", "string", "matches", "%_")]),
    )


def _fields(rows):
    def asked(groups, *fields):
        wanted = ",".join(fields or groups)
        found = listed(rows.observations_v2, NEWEST_FIRST, _only(*groups), limit=1000, fields=wanted)
        return question("v2/observations", f"fields {wanted}", found)

    for group in GROUPS:
        if group != "metadata":
            yield asked([group])
    yield asked(["basic"], "basic", "unheard")
    yield asked([], "unheard")
    yield asked([group for group in GROUPS if group != "metrics"], *GROUPS)
    enriched = _only("model")
    yield question(
        "v2/observations",
        "prices of the model",
        listed(
            rows.observations_v2,
            NEWEST_FIRST,
            lambda row: enriched(row) | {key: row[key] for key in ENRICHED},
            fields="model",
        ),
    )
    yield question(
        "v2/observations",
        "payloads stay text",
        listed(rows.observations_v2, NEWEST_FIRST, _only("io"), fields="core,io", parseIoAsJson=False),
    )


def _metadata(rows):
    """Values of metadata are cut after 200 characters unless a key is asked for in full."""

    def cut(row):
        def value(held):
            return held[:METADATA_CHARACTERS] if isinstance(held, str) else held

        plain = {key: value(held) for key, held in row["metadata"].items() if not isinstance(held, (dict, list))}
        return {"id": row["id"], "metadata~": plain}

    whole = _only("metadata")
    keys = ["resourceAttributes", "scope"]
    yield question(
        "v2/observations",
        "long metadata is cut, and whole on demand",
        listed(rows.observations_v2, NEWEST_FIRST, cut, fields="metadata"),
        listed(rows.observations_v2, NEWEST_FIRST, whole, fields="metadata", expandMetadata=",".join(keys)),
        listed(rows.observations_v2, NEWEST_FIRST, whole, fields="metadata,io"),
    )


def _single(rows):
    plain = [row for row in rows.observations if row["id"].replace("-", "").isalnum()]
    filled = sorted(plain, key=lambda row: -len(str(row)))[:SINGLE]
    for row in filled:
        yield question("observation", f"observation {row['id']}", shown(rows.one("observations", row["id"]), row["id"]))


def _resumed(rows):
    """Python's batch evaluation goes on after an interruption with a column that it spells in its own way."""
    moment = middle(rows.observations, lambda row: row["startTime"], "start")
    found = [row for row in rows.observations if row["startTime"] > moment]
    filters = [condition("start_time", "datetime", ">", moment)]
    call = listed(found, NEWEST_FIRST, filter=filters)
    yield question("observations", "later than a moment, as batch evaluation asks", call)


def _metadata_column():
    def metadata(row):
        return {key: [value] for key, value in row["metadata"].items() if isinstance(value, str)}

    return KeyedColumn("metadata", "stringObject", metadata)


def _part(details, part):
    def cell(row):
        return exact_sum(amount for key, amount in row[details].items() if part in key.lower())

    return cell


def _cost(part):
    """A cost that nobody knows is not 0."""
    known = _part("costDetails", part)
    return lambda row: known(row) if any(part in key for key in row["costDetails"]) else None


def _per_second(row):
    output = sum(amount for key, amount in row["usageDetails"].items() if "output" in key)
    return output / row["latency"] if row["latency"] else None


def _latency(row):
    """The second API shows nothing for less than a millisecond."""
    return 0 if row["latency"] is None and row["endTime"] is not None else row["latency"]


def _measures():
    return (
        Column("latency", "number", _latency),
        Column("timeToFirstToken", "number", lambda row: row["timeToFirstToken"]),
        Column("inputTokens", "number", _part("usageDetails", "input")),
        Column("outputTokens", "number", _part("usageDetails", "output")),
        Column("totalTokens", "number", lambda row: row["usageDetails"].get("total"), ("tokens",)),
        Column("inputCost", "number", _cost("input")),
        Column("outputCost", "number", _cost("output")),
        Column("totalCost", "number", lambda row: row["costDetails"].get("total")),
        Column("tokensPerSecond", "number", _per_second),
    )


def first_columns(rows):
    """Returns the columns that a filter of the first API's observations may name."""
    traced = rows.trace_by_id

    def of(key):
        return lambda row: row[key]

    def of_trace(key):
        return lambda row: _trace(traced, row, key)

    texts = (
        *("id", "type", "name", "traceId", "parentObservationId"),
        *("environment", "level", "statusMessage", "version", "model"),
    )
    return (
        *(Column(name, "string", of(name)) for name in texts),
        Column("promptName", "string", of("promptName")),
        Column("promptVersion", "number", of("promptVersion")),
        Column("startTime", "datetime", of("startTime"), ("Start Time",)),
        Column("endTime", "datetime", of("endTime")),
        *_measures(),
        Column("userId", "string", of_trace("userId")),
        Column("sessionId", "string", of_trace("sessionId")),
        Column("traceName", "string", of_trace("name")),
        Column("traceEnvironment", "string", of_trace("environment")),
        Column("traceTags", "arrayOptions", lambda row: _trace(traced, row, "tags") or []),
    )


def second_columns():
    """Returns the columns that a filter of the second API's observations may name."""

    def of(key):
        return lambda row: row[key]

    texts = ("id", "type", "name", "traceId", "environment", "level", "statusMessage", "version", "userId", "sessionId")
    return (
        *(Column(name, "string", of(name)) for name in texts),
        Column("model", "string", of("model"), ("providedModelName",)),
        Column("traceName", "string", lambda row: row["traceName"] or ""),
        Column("promptName", "string", of("promptName")),
        Column("promptVersion", "number", of("promptVersion")),
        Column("startTime", "datetime", of("startTime")),
        Column("endTime", "datetime", of("endTime")),
        Column("isRootObservation", "boolean", of("isRootObservation")),
        Column("hasParentObservation", "boolean", lambda row: row["parentObservationId"] is not None),
        Column("hasInput", "boolean", lambda row: row["input"] is not None),
        Column("hasOutput", "boolean", lambda row: row["output"] is not None),
        Column("tags", "arrayOptions", of("tags"), ("traceTags",)),
        *_measures(),
    )
