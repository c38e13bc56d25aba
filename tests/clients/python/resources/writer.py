"""What the suites of this folder write with, whatever the generation of the client that is installed here."""

import json
from importlib.metadata import version
from pathlib import Path

import langfuse as package
from langfuse import Langfuse

NUMBER = int(version("langfuse").split(".")[0])
NAME = f"python-{NUMBER}-resources"
USER = f"user-{NAME}"
SESSION = f"session-{NAME}"
ENVIRONMENT = "staging"
SCORES = json.loads((Path(__file__).parents[2] / "scores.json").read_text())

CLIENT = Langfuse(environment=ENVIRONMENT)
API = CLIENT.client if NUMBER == 2 else CLIENT.api


def write_trace():
    """Writes a trace of two steps; returns its id and that of the second step."""
    if NUMBER == 2:
        trace = CLIENT.trace(id=NAME, name="resources", user_id=USER, session_id=SESSION, tags=[NAME, "resources"])
        step = trace.span(id=f"{NAME}-first", name="first").span(id=f"{NAME}-second", name="second")
        CLIENT.flush()
        return trace.id, step.id
    if NUMBER == 3:
        with CLIENT.start_as_current_span(name="first") as first:
            first.update_trace(name="resources", user_id=USER, session_id=SESSION, tags=[NAME, "resources"])
            with CLIENT.start_as_current_span(name="second") as second:
                pass
    else:
        about = {"trace_name": "resources", "user_id": USER, "session_id": SESSION, "tags": [NAME, "resources"]}
        with package.propagate_attributes(**about):
            with CLIENT.start_as_current_observation(name="first") as first:
                with CLIENT.start_as_current_observation(name="second") as second:
                    pass
    CLIENT.flush()
    return first.trace_id, second.id


def create(resource, request, **fields):
    """Creates something through the generated client; older generations take one request object instead of keywords."""
    method = getattr(API, resource).create
    if NUMBER <= 3:
        from langfuse import api

        return method(request=getattr(api, request)(**fields))
    return method(**fields)
