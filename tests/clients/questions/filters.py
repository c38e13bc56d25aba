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
    """Tells whether a cell satisfies a condition. None satisfies only `is null`; an empty text is null and a text."""
    if kind == "null":
        return (cell in (None, "")) == (operator == "is null")
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


class KeyedColumn:
    """A column of values by key: metadata, or a trace's scores by name; `kind` is the type of its conditions."""

    def __init__(self, name, kind, cells, aliases=()):
        self.name, self.kind, self.cells, self.aliases = name, kind, cells, aliases

    def conditions(self, rows):
        """Returns conditions of every operator on the key that tells the rows apart best."""
        key = self._common_key(rows)
        having = [row for row in rows if key in self.cells(row)]
        if self.kind == "numberObject":
            values = [number for row in having for number in self.cells(row)[key]]
            for operator in ORDER:
                yield (self.kind, operator, sorted(values)[len(values) // HALF], key)
        elif self.kind == "booleanObject":
            for operator in TRUTH:
                yield (self.kind, operator, True, key)
        elif self.kind == "categoryOptions":
            label = self.cells(having[0])[key][0]
            for operator in ("any of", "none of"):
                yield (self.kind, operator, [label, "never written"], key)
        else:
            text = self.cells(having[0])[key][0]
            for operator in TEXT:
                yield (self.kind, operator, text[len(text) // HALF :] if operator == "ends with" else text, key)

    def _common_key(self, rows):
        """Returns the key that most rows have, though not all of them."""
        keys = [key for row in rows for key in self.cells(row)]
        counted = {key: keys.count(key) for key in keys if keys.count(key) < len(rows)}
        if not counted:
            raise ValueError(f"nothing that was written has a key in {self.name}")
        return max(counted, key=lambda key: (counted[key], key))

    def found(self, rows, kind, operator, value, key):
        """Returns the rows of which any value under the key satisfies the condition."""
        if kind == "categoryOptions":
            return [row for row in rows if SETS[operator](set(self.cells(row).get(key, ())), set(value))]
        found = [
            row
            for row in rows
            if any(self._compare(kind)[operator](cell, value) for cell in self.cells(row).get(key, ()))
        ]
        if (kind, operator) == ("booleanObject", "<>"):
            found = [row for row in rows if value not in self.cells(row).get(key, ())]
        return found

    @staticmethod
    def _compare(kind):
        return {"numberObject": ORDER, "booleanObject": TRUTH, "stringObject": TEXT}[kind]


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


def ask_keyed(endpoint, columns, rows, order, **parameters):
    """Returns one question per column of values by key."""
    asked = []
    for column in columns:

        def found(kind, operator, value, key, column=column):
            return column.found(rows, kind, operator, value, key)

        calls = _calls(column, column.conditions(rows), found, order, **parameters)
        asked.append(question(endpoint, f"filter by {column.name}, by key", *calls))
    return asked
