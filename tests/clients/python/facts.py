"""Turns the clients' read models into plain values, so that a test compares whole values instead of single attributes."""

import pytest

OBSERVATION_FIELDS = (
    "id",
    "trace_id",
    "parent_observation_id",
    "name",
    "type",
    "level",
    "status_message",
    "version",
    "environment",
    "model",
    "model_parameters",
    "input",
    "output",
    "usage_details",
    "cost_details",
)

PLAIN_OBSERVATION = {
    "parent_observation_id": None,
    "level": "DEFAULT",
    "status_message": None,
    "version": None,
    "environment": "default",
    "model": None,
    "model_parameters": None,
    "input": None,
    "output": None,
    "usage_details": {},
    "cost_details": {},
}


def observation(view):
    """Returns the fields of a v1 observation that every generation of the client names alike."""
    fields = {name: getattr(view, name, None) for name in OBSERVATION_FIELDS}
    fields["level"] = getattr(view.level, "value", view.level)
    return fields


def expected_observation(**fields):
    """Returns a whole observation: the given fields over the values of an observation that carries nothing."""
    whole = PLAIN_OBSERVATION | fields
    whole["cost_details"] = pytest.approx(whole["cost_details"])
    return whole


def by_name(views):
    """Returns the views by observation name; a name that occurs twice fails."""
    named = {view.name: view for view in views}
    assert len(named) == len(views), f"an observation is there twice: {[view.name for view in views]}"
    return named


def contains(actual, expected):
    """Tells whether `actual` has every key of `expected` with an equal value (OpenTelemetry adds resource and scope keys)."""
    missing = {key: (actual.get(key), value) for key, value in expected.items() if actual.get(key) != value}
    assert not missing, f"differing keys (actual, expected): {missing}"
    return True


def names(items):
    """Returns the sorted names of a list answer."""
    return sorted(item.name for item in items)


def ids(items):
    """Returns the ids of a list answer as a set."""
    return {item.id for item in items}
