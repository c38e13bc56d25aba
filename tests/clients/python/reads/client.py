"""The client of the environment this runs in: its read methods by endpoint, called with the API's own parameter names."""

import datetime as dt
import enum
import inspect
import json
import re
import typing
from collections import Counter
from functools import cache
from importlib.metadata import version
from pathlib import Path

from langfuse import Langfuse

GENERATION = f"python-{version('langfuse').split('.')[0]}"
TABLE = json.loads((Path(__file__).parents[2] / "endpoints.json").read_text())

# What belongs to the transport rather than to the endpoint.
TRANSPORT = {"self", "request_options"}

# Method path → parameters that a test has called it with, and how often.
CALLED = {}
CALLS = Counter()


def snake(name):
    """Returns a name of the API as the Python clients spell it."""
    return re.sub("([A-Z])", lambda letter: "_" + letter.group().lower(), name)


class Method:
    """One read method of a client."""

    def __init__(self, client, path):
        self.path = path
        self.function = client
        for part in path.split("."):
            self.function = getattr(self.function, part)
        self.parameters = set(inspect.signature(self.function).parameters) - TRANSPORT

    def takes(self, call):
        """Tells whether this client's method has every parameter of the call."""
        return {snake(name) for name in call["parameters"]} <= self.parameters

    def __call__(self, *path, **parameters):
        """Calls the method with the API's parameters and returns the client's answer; remembers what it was called with."""
        keywords = {snake(name): _argument(name, value) for name, value in parameters.items()}
        positional = list(inspect.signature(self.function).parameters)[: len(path)]
        CALLED.setdefault(self.path, set()).update({*positional, *keywords} - TRANSPORT)
        CALLS[self.path] += 1
        return self.function(*path, **keywords)


def _argument(name, value):
    if name in ("filter", "query"):
        return json.dumps(value, ensure_ascii=False)
    if name.endswith(("Timestamp", "StartTime")):
        return dt.datetime.fromisoformat(value)
    return value


def methods(client, endpoint):
    """Returns the methods with which this generation reads an endpoint; none when it has no such endpoint."""
    return [Method(client, path) for path in TABLE["reads"][endpoint]["methods"].get(GENERATION, ())]


def generated(client):
    """Returns the paths and parameters of everything that the generated client can call."""
    root = "client" if GENERATION == "python-2" else "api"
    return dict(_walk(getattr(client, root), root))


def _walk(resource, path):
    for name, member in inspect.getmembers(type(resource)):
        if inspect.isfunction(member) and not name.startswith("_"):
            yield f"{path}.{name}", set(inspect.signature(member).parameters) - TRANSPORT
    attributes = {name.lstrip("_") for name in vars(resource)}
    for name in sorted(attributes - {"client_wrapper", "raw_client"}):
        part = getattr(resource, name, None)
        if type(part).__name__.endswith("Client") and type(part).__module__.startswith("langfuse.api"):
            yield from _walk(part, f"{path}.{name}")


def plain(value):
    """Returns a client's model as JSON would show it: API names, plain values, moments to the millisecond."""
    if hasattr(value, "dict"):
        return _members(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _members(model):
    """Returns what a model shows, by the API's names.

    The fourth and the fifth generation look through the type of each value whenever a model becomes a dictionary, which takes
    longer than everything else here together; what their objects hold is therefore read from the objects.
    """
    if GENERATION in ("python-2", "python-3"):
        return plain(model.dict())
    names = _api_names(type(model))
    held = vars(model) | (model.model_extra or {})
    return {names.get(field, field): plain(value) for field, value in held.items()}


@cache
def _api_names(model):
    """Returns the API's name of every field that a generated class of the fourth or the fifth generation calls otherwise."""
    hints = typing.get_type_hints(model, include_extras=True)
    notes = ((field, note) for field, hint in hints.items() for note in getattr(hint, "__metadata__", ()))
    return {field: note.alias for field, note in notes if getattr(note, "alias", None)}


def as_read_here(row):
    """Returns a row of the API as this client's models show it: the second generation turns a parameter's number into text."""
    if GENERATION != "python-2":
        return row
    if isinstance(row, list):
        return [as_read_here(item) for item in row]
    if not isinstance(row, dict):
        return row
    shown = {key: as_read_here(value) for key, value in row.items()}
    if isinstance(row.get("modelParameters"), dict):
        parameters = row["modelParameters"].items()
        shown["modelParameters"] = {key: str(one) if isinstance(one, float) else one for key, one in parameters}
    return shown


def connect(**keys):
    """Returns a client for the server under test."""
    return Langfuse(**keys)
