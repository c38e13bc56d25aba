"""The filter language, evaluated row by row as its description says, and one question per column with every operator."""

from .ask import listed, middle, question, shortened, telling

TEXT = {
    "=": lambda text, value: text == value,
    "contains": lambda text, value: value in text,
    "does not contain": lambda text, value: value not in text,
    "starts with": lambda text, value: text.startswith(value),
    "ends with": lambda text, value: text.endswith(value),
}
ORDER = {
    "=": lambda left, right: left == right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}
TRUTH = {"=": lambda left, right: left == right, "<>": lambda left, right: left != right}
SETS = {
    "any of": lambda held, wanted: bool(held & wanted),
    "none of": lambda held, wanted: not held & wanted,
    "all of": lambda held, wanted: held >= wanted,
}

HALF = 2


def condition(column, kind, operator, value, key=None):
    """Returns an element of the `filter` parameter."""
    element = {"type": kind, "column": column, "operator": operator, "value": value}
    return element if key is None else element | {"key": key}


def holds(kind, operator, value, cell):
    """Tells whether a cell satisfies a condition. A cell without a value satisfies only `is null`."""
    if kind == "null":
        return (cell is None) == (operator == "is null")
    if cell is None:
        return False
    if kind in ("string", "stringObject"):
        return TEXT[operator](cell, value)
    if kind in ("number", "datetime", "numberObject"):
        return ORDER[operator](cell, value)
    if kind == "boolean":
        return TRUTH[operator](cell, value)
    held = set(cell) if isinstance(cell, (list, set)) else {cell}
    return SETS[operator](held, set(value))


class Column:
    """A column of the filter language: its name, its type, and where a row holds it."""

    def __init__(self, name, kind, cell, aliases=()):
        self.name, self.kind, self.cell, self.aliases = name, kind, cell, aliases

    def conditions(self, rows):
        """Returns conditions of every operator and accepted type, with values that tell the rows apart."""
        return getattr(self, f"_{self.kind}")(rows)

    def _string(self, rows):
        text = telling(rows, self.cell, self.name)
        part = text[: len(text) // HALF + 1]
        for operator in TEXT:
            value = {"=": text, "ends with": text[len(text) // HALF :]}.get(operator, part)
            yield ("string", operator, value)
        yield ("stringOptions", "any of", [text, "never written"])
        yield ("stringOptions", "none of", [text])
        yield from self._null()

    def _number(self, rows):
        for operator in ORDER:
            yield ("number", operator, middle(rows, self.cell, self.name))
        yield from self._null()

    def _datetime(self, rows):
        for operator in ORDER.keys() - {"="}:
            yield ("datetime", operator, middle(rows, self.cell, self.name))

    def _boolean(self, rows):
        for operator in TRUTH:
            yield ("boolean", operator, True)

    def _arrayOptions(self, rows):
        one = telling([tag for row in rows for tag in self.cell(row)], lambda tag: tag, self.name)
        together = next(list(self.cell(row)) for row in rows if one in self.cell(row))
        yield ("arrayOptions", "any of", [one, "never written"])
        yield ("arrayOptions", "none of", [one])
        yield ("arrayOptions", "all of", together)

    @staticmethod
    def _null():
        yield ("null", "is null", "")
        yield ("null", "is not null", "")


def _id(row):
    return {"id": row["id"]}


def _calls(column, conditions, rows_of, order, **parameters):
    """Returns one call per condition, and the last of them again under each alias of the column."""
    made, last = [], None
    for parts in conditions:
        last = (rows_of(*parts), parts)
        made.append(listed(last[0], order, _id, filter=[condition(column.name, *parts)], **parameters))
    found, parts = last
    for alias in column.aliases:
        made.append(listed(found, order, _id, filter=[condition(alias, *parts)], **parameters))
    return [shortened(call) for call in made]


def ask_columns(endpoint, columns, rows, order, **parameters):
    """Returns one question per column."""
    asked = []
    for column in columns:

        def found(kind, operator, value, column=column):
            return [row for row in rows if holds(kind, operator, value, column.cell(row))]

        calls = _calls(column, column.conditions(rows), found, order, **parameters)
        asked.append(question(endpoint, f"filter by {column.name}", *calls))
    return asked
