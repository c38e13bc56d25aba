"""How a question is put: an endpoint, and one or several calls of it with what each must answer."""

from decimal import Decimal
from itertools import groupby

MIDDLE = 2
FIRST = 10


def question(endpoint, title, *calls):
    """Returns a question: `calls` of one endpoint that belong together."""
    return {"endpoint": endpoint, "title": title, "calls": list(calls)}


def listed(rows, order=None, show=None, limit=None, **parameters):
    """Returns a call that must list exactly `rows`, ordered by `order` (a key and `asc` or `desc`), walking to the end.

    Rows that are equal in the key may come in any order; those without a value come together, first or last. `show` turns a row
    into what the call must show of it.
    """
    show = show or (lambda row: row)
    groups, valueless = [rows], []
    if order is not None:
        key, direction = order
        groups = in_order([row for row in rows if row[key] is not None], key, direction)
        valueless = [row for row in rows if row[key] is None]
    call = {"parameters": parameters, "groups": [[show(row) for row in group] for group in groups if group]}
    if valueless:
        call["valueless"] = [show(row) for row in valueless]
    if limit is not None:
        call["limit"] = limit
    return call


def exact_sum(amounts):
    """Adds up decimal numbers as they are written, without what binary fractions add."""
    return float(sum(Decimal(repr(amount)) for amount in amounts))


def shortened(call):
    """Returns a call of which a client that is slow at reading may compare the first rows and the total."""
    return call | {"first": FIRST}


def in_order(rows, key, direction):
    """Returns the rows as groups of equal key, in order."""
    ordered = sorted(rows, key=lambda row: row[key], reverse=direction == "desc")
    return [list(group) for _, group in groupby(ordered, key=lambda row: row[key])]


def shown(row, *path, **parameters):
    """Returns a call for one thing, named by `path`, that must be exactly `row`."""
    return {"path": list(path), "parameters": parameters, "row": row}


def table(rows, **parameters):
    """Returns a call that must answer with exactly these rows of data, numbers compared to nine digits."""
    return {"parameters": parameters, "table": rows}


def refused(status, *path, says=None, **parameters):
    """Returns a call that must be refused with this status, `says` being part of the message."""
    call = {"path": list(path), "parameters": parameters, "status": status}
    if says is not None:
        call["says"] = says
    return call


def telling(rows, value_of, what):
    """Returns a value that some of the rows have and some have not, the one nearest to half of them."""
    values = [value for value in map(value_of, rows) if value not in (None, "")]
    counted = {value: values.count(value) for value in values}
    usable = {value: count for value, count in counted.items() if count < len(rows)}
    if not usable:
        raise ValueError(f"nothing that was written tells rows apart by {what}: {counted}")
    return min(usable, key=lambda value: (abs(usable[value] - len(rows) / MIDDLE), str(value)))


def middle(rows, value_of, what):
    """Returns the middle of the numbers (or times) that the rows have; it must tell some of them from others."""
    cells = set(map(value_of, rows))
    values = sorted(cells - {None})
    if not values or len(cells) == 1:
        raise ValueError(f"nothing that was written tells rows apart by {what}: {values}")
    return values[len(values) // MIDDLE]
