"""Tells the story with the OpenTelemetry-based clients (third generation and later), whose observation calls are alike."""

import datetime as dt

import story
from facts import expected_observation

# Observation name → type that the API must show.
TYPES = {
    "travel-agent": "AGENT",
    "draft-answer": "GENERATION",
    "get-weather": "TOOL",
    "find-documents": "RETRIEVER",
    "embed-question": "EMBEDDING",
    "book-flight": "SPAN",
    "confirmed": "EVENT",
}


def now():
    """Returns the present in UTC, cut to the milliseconds that the API promises."""
    moment = dt.datetime.now(dt.UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Told:
    """What was sent: the trace's id, the observations' ids by name, and the window of time in which it happened."""

    def __init__(self, trace_id):
        self.trace_id = trace_id
        self.ids = {}
        self.began = now()
        self.completion_start = None
        self.ended = None

    def end(self):
        """Closes the window: everything was sent before this moment."""
        self.ended = now() + dt.timedelta(milliseconds=1)


def tell(langfuse, root):
    """Tells the story under `root`, the trace's first observation, and returns what was told."""
    told = Told(root.trace_id)
    told.ids["travel-agent"] = root.id
    with langfuse.start_as_current_observation(
        as_type="embedding", name="embed-question", input=story.QUESTION, usage_details={"input": 9}
    ) as embedding:
        told.ids["embed-question"] = embedding.id
    with langfuse.start_as_current_observation(
        as_type="retriever", name="find-documents", input=story.QUESTION, output=["guide.md"], level="DEBUG"
    ) as retriever:
        told.ids["find-documents"] = retriever.id
    with langfuse.start_as_current_observation(
        as_type="generation",
        name="draft-answer",
        input=story.CHAT,
        model=story.MODEL,
        model_parameters=story.MODEL_PARAMETERS,
        metadata=story.METADATA,
        version=story.VERSION,
    ) as generation:
        told.ids["draft-answer"] = generation.id
        with langfuse.start_as_current_observation(as_type="tool", name="get-weather", input=story.TOOL_INPUT) as tool:
            told.ids["get-weather"] = tool.id
            tool.update(output=story.TOOL_OUTPUT)
        told.completion_start = now() + dt.timedelta(milliseconds=5)
        generation.update(
            output=story.REPLY,
            completion_start_time=told.completion_start,
            usage_details=story.USAGE,
            cost_details=story.COST,
        )
    with langfuse.start_as_current_observation(name="book-flight", input=story.ERROR_INPUT) as failed:
        told.ids["book-flight"] = failed.id
        failed.update(level="ERROR", status_message=story.ERROR_MESSAGE)
    event = langfuse.create_event(name="confirmed", input=story.EVENT_INPUT, level="WARNING")
    told.ids["confirmed"] = event.id
    root.update(output=story.ANSWER)
    return told


def expected(told, root=(), **everywhere):
    """Returns the whole observations that the v1 API must show, by name; `root` holds fields
    of the first one alone, `everywhere` those that all of them carry."""

    def whole(name, parent="travel-agent", **fields):
        return expected_observation(
            id=told.ids[name],
            trace_id=told.trace_id,
            parent_observation_id=told.ids.get(parent),
            name=name,
            type=TYPES[name],
            environment=story.ENVIRONMENT,
            **everywhere | fields,
        )

    return {
        "travel-agent": whole("travel-agent", parent=None, input=story.QUESTION, output=story.ANSWER, **dict(root)),
        "embed-question": whole("embed-question", input=story.QUESTION, usage_details={"input": 9, "total": 9}),
        "find-documents": whole("find-documents", input=story.QUESTION, output=["guide.md"], level="DEBUG"),
        "draft-answer": whole(
            "draft-answer",
            version=story.VERSION,
            model=story.MODEL,
            model_parameters=story.MODEL_PARAMETERS,
            input=story.CHAT,
            output=story.REPLY,
            usage_details=story.USAGE_READ,
            cost_details=story.COST_READ,
        ),
        "get-weather": whole("get-weather", parent="draft-answer", input=story.TOOL_INPUT, output=story.TOOL_OUTPUT),
        "book-flight": whole("book-flight", input=story.ERROR_INPUT, level="ERROR", status_message=story.ERROR_MESSAGE),
        "confirmed": whole("confirmed", input=story.EVENT_INPUT, level="WARNING"),
    }
