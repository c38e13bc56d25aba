"""A key that is not right: every read method raises the client's own exception for it."""

import datetime as dt
import inspect

import pytest
from client import GENERATION, TABLE, Method, connect
from test_reads_complete import READS

# The clients share what they hold between all of one public key.
STRANGER = connect(public_key="pk-lf-nobody", secret_key="sk-lf-nobody-has-this-one")


def _required(function):
    """Returns something for every argument that the method wants in any case."""
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is inspect.Parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            yield name, dt.datetime.now(dt.UTC) if name.endswith("time") else "{}"


@pytest.mark.parametrize(("endpoint", "path"), [read for read in READS if read[0] != "health"])
def test_a_wrong_key_is_refused(endpoint, path):
    method = Method(STRANGER, path)
    with pytest.raises(Exception) as refusal:
        method.function(**dict(_required(method.function)))
    assert (type(refusal.value).__name__, refusal.value.status_code) == ("UnauthorizedError", 401)
    assert set(refusal.value.body) == {"message"}


def test_health_needs_no_key():
    health = {"python-2": "client.health.health"}.get(GENERATION, "api.health.health")
    assert health in TABLE["reads"]["health"]["methods"][GENERATION]
    assert Method(STRANGER, health).function().status == "OK"
