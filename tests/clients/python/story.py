"""The one story every client tells: an agent plans a trip.

Gives the Python suites the content of `tests/clients/story.json`, which the Node suites read too. Each suite sends it in its own
client's words, so a difference between two clients is a difference in the client or in the server, never in the data.
"""

import json
from pathlib import Path

_STORY = json.loads((Path(__file__).parent.parent / "story.json").read_text())

TRACE_NAME = _STORY["traceName"]
ENVIRONMENT = _STORY["environment"]
RELEASE = _STORY["release"]
VERSION = _STORY["version"]

QUESTION = _STORY["question"]
ANSWER = _STORY["answer"]

# A number above 2^53 comes back as text, because a JSON reader that keeps doubles would change its last digit. JSON readers of
# that kind include Node's, so the number is the Python suites' own.
BIG_NUMBER = 9007199254740993
METADATA = _STORY["metadata"] | {"big": BIG_NUMBER}
METADATA_READ = METADATA | {"big": str(BIG_NUMBER)}

# Values of at most 200 characters and only strings: what the clients propagate to every span of a trace.
TRACE_METADATA = _STORY["traceMetadata"]

CHAT = _STORY["chat"]
REPLY = _STORY["reply"]
MODEL = _STORY["model"]
MODEL_PARAMETERS = _STORY["modelParameters"]

# What is sent, and what comes back: the server adds the total.
USAGE = _STORY["usage"]
USAGE_READ = _STORY["usageRead"]
COST = _STORY["cost"]
COST_READ = _STORY["costRead"]

TOOL_INPUT = _STORY["toolInput"]
TOOL_OUTPUT = _STORY["toolOutput"]

ERROR_INPUT = _STORY["errorInput"]
ERROR_MESSAGE = _STORY["errorMessage"]

EVENT_INPUT = _STORY["eventInput"]

SCORES = _STORY["scores"]
