"""Questions about experiments and their items."""

from .ask import listed, middle, question, refused, telling
from .filters import condition

PAGE = 2
GROUPS = {"metadata": ("metadata",), "scores": ("scores",)}
ITEM_GROUPS = {
    "dataset": ("experimentDatasetId", "experimentItemVersion"),
    "io": ("input", "output", "expectedOutput"),
    "metadata": ("metadata",),
    "itemMetadata": ("experimentItemMetadata",),
    "experimentMetadata": ("experimentMetadata", "experimentDescription"),
    "scores": ("scores",),
}


def questions(rows):
    """Returns every question about experiments."""
    # What belongs to an item may begin before it; a later beginning would cut the experiment's own.
    began = min(one["startTime"] for one in [*rows.experiments, *rows.experiment_items])
    yield from _experiments(rows.experiments, began)
    yield from _items(rows.experiment_items, began)


def _showing(groups, wanted):
    left_out = {key for group, keys in groups.items() if group not in wanted for key in keys}
    return lambda row: {key: value for key, value in row.items() if key not in left_out}


def _asking(endpoint, every, groups, default, began):
    """Returns what makes questions of one endpoint: every call states the beginning and shows what it asked for."""

    def by(found, **parameters):
        wanted = parameters.get("fields", default).split(",")
        chosen = [row for row in every if found(row)]
        return listed(chosen, None, _showing(groups, wanted), fromStartTime=began, **parameters)

    def ask(title, *calls):
        return question(endpoint, title, *calls)

    return by, ask


def _fields(by, ask, groups):
    for group in groups:
        yield ask(f"fields {group}", by(lambda row: True, fields=f"core,{group}"))
    yield ask("all, in pages", by(lambda row: True, limit=PAGE))


def _named(by, ask, every, columns):
    for parameter, key in columns.items():
        value = telling(every, lambda row, key=key: row[key], key)
        yield ask(
            f"by {parameter}",
            by(lambda row, key=key, value=value: row[key] == value, **{parameter: value}),
            by(lambda row, key=key, value=value: row[key] == value, **{parameter: f"never-written,{value}"}),
            by(lambda row, key=key, value=value: row[key] == value, filter=[condition(parameter, "string", "=", value)]),
        )
    unknown = condition("datasetId", "string", "=", "never-written")
    yield ask(
        "by a data set that nobody made",
        by(lambda row: False, datasetId="never-written"),
        by(lambda row: False, filter=[unknown]),
    )


def _experiments(every, began):
    by, ask = _asking("experiments", every, GROUPS, "core", began)
    yield from _fields(by, ask, GROUPS)
    yield from _named(by, ask, every, {"id": "id", "name": "name"})
    yield ask("with few scores", by(lambda row: True, fields="scores", scoreLimit=50))
    yield ask("until the first began", by(lambda row: False, toStartTime=began))
    yield ask("what makes no sense is refused", *_wrong(began))


def _items(every, began):
    by, ask = _asking("experiment-items", every, ITEM_GROUPS, "core,dataset", began)
    yield from _fields(by, ask, ITEM_GROUPS)
    columns = {key: key for key in ("experimentId", "experimentName", "experimentItemId")}
    yield from _named(by, ask, every, columns)
    yield ask("with few scores", by(lambda row: True, fields="scores", scoreLimit=50))
    moment = middle(every, lambda row: row["startTime"], "start")
    yield ask("before a moment", by(lambda row: row["startTime"] < moment, toStartTime=moment))
    yield ask("what makes no sense is refused", *_wrong(began))


def _wrong(began):
    return (
        refused(400, fromStartTime=began, fields="core,secrets"),
        refused(400, fromStartTime=began, limit=101),
        refused(400, fromStartTime=began, scoreLimit=51),
        refused(400, fromStartTime=began, cursor="not a cursor"),
    )
