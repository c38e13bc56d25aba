"""Langfuse's Python client of the second generation (JSON batches): writes the story and reads it back through its own API."""

import datetime as dt
from urllib.parse import quote

import pytest
from langfuse import Langfuse
from langfuse.decorators import langfuse_context, observe

import story
from connection import HOST, PROJECT_ID, PROJECT_NAME, publish
from facts import by_name, expected_observation, ids, names, observation

CLIENT = "python-langfuse-2"
TRACE_ID = "python-2: plan a trip to 東京"  # the old client takes any text for an id
USER = "user-python-2"
SESSION = "session python/2"
TAGS = ["python-2", "weather", "東京"]

# Milliseconds, the precision that the API promises.
START = dt.datetime(2026, 11, 21, 9, 30, 0, 123000, tzinfo=dt.UTC)

# The client's own models turn a float parameter into text before sending.
MODEL_PARAMETERS_READ = {"temperature": "0.2", "max_tokens": 256}


def after(milliseconds):
    return START + dt.timedelta(milliseconds=milliseconds)


@pytest.fixture(scope="module")
def langfuse():
    client = Langfuse(environment=story.ENVIRONMENT, release=story.RELEASE)
    yield client
    client.shutdown()


@pytest.fixture(scope="module", autouse=True)
def sent(langfuse):
    trace = langfuse.trace(
        id=TRACE_ID,
        name=story.TRACE_NAME,
        user_id=USER,
        session_id=SESSION,
        version=story.VERSION,
        input=story.QUESTION,
        metadata=story.METADATA,
        tags=TAGS[:2],
        timestamp=START,
        public=True,
    )
    agent = trace.span(
        id="python-2-agent",
        name="travel-agent",
        start_time=START,
        input=story.QUESTION,
        metadata=story.METADATA,
        version="agent-7",
    )
    generation = agent.generation(
        id="python-2-generation",
        name="draft-answer",
        start_time=after(10),
        input=story.CHAT,
        model=story.MODEL,
        model_parameters=story.MODEL_PARAMETERS,
        metadata={"attempt": 1},
    )
    tool = agent.span(
        id="python-2-tool", name="get-weather", start_time=after(20), input=story.TOOL_INPUT, level="DEBUG"
    )
    tool.end(output=story.TOOL_OUTPUT, end_time=after(400))
    generation.end(
        output=story.REPLY,
        end_time=after(1510),
        completion_start_time=after(260),
        usage_details=story.USAGE,
        cost_details=story.COST,
        metadata={"finish": "stop"},
    )
    failed = agent.span(
        id="python-2-error",
        name="book-flight",
        start_time=after(1600),
        end_time=after(1700),
        input=story.ERROR_INPUT,
    )
    failed.update(level="ERROR", status_message=story.ERROR_MESSAGE)
    agent.event(id="python-2-event", name="confirmed", start_time=after(1800), input=story.EVENT_INPUT, level="WARNING")
    agent.end(output=story.ANSWER, end_time=after(2000))
    trace.update(output=story.ANSWER, tags=TAGS[1:], public=True)
    trace.score(id="python-2-helpfulness", name="helpfulness", **story.SCORES["helpfulness"])
    generation.score(id="python-2-tone", name="tone", value="friendly", data_type="CATEGORICAL")
    trace.score(id="python-2-resolved", name="resolved", value=1, data_type="BOOLEAN")
    langfuse.flush()


EXPECTED = {
    "travel-agent": expected_observation(
        id="python-2-agent",
        trace_id=TRACE_ID,
        name="travel-agent",
        type="SPAN",
        version="agent-7",
        environment=story.ENVIRONMENT,
        input=story.QUESTION,
        output=story.ANSWER,
    ),
    "draft-answer": expected_observation(
        id="python-2-generation",
        trace_id=TRACE_ID,
        parent_observation_id="python-2-agent",
        name="draft-answer",
        type="GENERATION",
        environment=story.ENVIRONMENT,
        model=story.MODEL,
        model_parameters=MODEL_PARAMETERS_READ,
        input=story.CHAT,
        output=story.REPLY,
        usage_details=story.USAGE_READ,
        cost_details=story.COST_READ,
    ),
    "get-weather": expected_observation(
        id="python-2-tool",
        trace_id=TRACE_ID,
        parent_observation_id="python-2-agent",
        name="get-weather",
        type="SPAN",
        level="DEBUG",
        environment=story.ENVIRONMENT,
        input=story.TOOL_INPUT,
        output=story.TOOL_OUTPUT,
    ),
    "book-flight": expected_observation(
        id="python-2-error",
        trace_id=TRACE_ID,
        parent_observation_id="python-2-agent",
        name="book-flight",
        type="SPAN",
        level="ERROR",
        status_message=story.ERROR_MESSAGE,
        environment=story.ENVIRONMENT,
        input=story.ERROR_INPUT,
    ),
    "confirmed": expected_observation(
        id="python-2-event",
        trace_id=TRACE_ID,
        parent_observation_id="python-2-agent",
        name="confirmed",
        type="EVENT",
        level="WARNING",
        environment=story.ENVIRONMENT,
        input=story.EVENT_INPUT,
    ),
}


def test_keys_are_accepted_and_name_the_project(langfuse):
    assert langfuse.auth_check() is True
    (project,) = langfuse.client.projects.get().data
    assert (project.id, project.name) == (PROJECT_ID, PROJECT_NAME)


def test_health_names_a_version(langfuse):
    health = langfuse.client.health.health()
    assert health.status == "OK"
    assert health.version[0].isdigit()


def test_trace_comes_back_field_by_field(langfuse):
    trace = langfuse.fetch_trace(TRACE_ID).data
    assert {
        "id": trace.id,
        "name": trace.name,
        "user_id": trace.user_id,
        "session_id": trace.session_id,
        "version": trace.version,
        "release": trace.release,
        "environment": trace.environment,
        "tags": trace.tags,
        "public": trace.public,
        "input": trace.input,
        "output": trace.output,
        "metadata": trace.metadata,
        "timestamp": trace.timestamp,
        "latency": trace.latency,
        "total_cost": trace.total_cost,
        "html_path": trace.html_path,
    } == {
        "id": TRACE_ID,
        "name": story.TRACE_NAME,
        "user_id": USER,
        "session_id": SESSION,
        "version": story.VERSION,
        "release": story.RELEASE,
        "environment": story.ENVIRONMENT,
        "tags": sorted(TAGS),
        "public": True,
        "input": story.QUESTION,
        "output": story.ANSWER,
        "metadata": story.METADATA_READ,
        "timestamp": START,
        "latency": 2.0,
        "total_cost": pytest.approx(story.COST_READ["total"]),
        "html_path": f"/project/{PROJECT_ID}/traces/{quote(TRACE_ID)}",
    }


def test_observations_of_the_trace_come_back_field_by_field(langfuse):
    views = by_name(langfuse.fetch_trace(TRACE_ID).data.observations)
    assert {name: observation(view) for name, view in views.items()} == EXPECTED


def test_times_come_back_to_the_millisecond(langfuse):
    views = by_name(langfuse.fetch_trace(TRACE_ID).data.observations)
    assert {name: (view.start_time, view.end_time, view.completion_start_time) for name, view in views.items()} == {
        "travel-agent": (START, after(2000), None),
        "draft-answer": (after(10), after(1510), after(260)),
        "get-weather": (after(20), after(400), None),
        "book-flight": (after(1600), after(1700), None),
        "confirmed": (after(1800), None, None),
    }
    generation = views["draft-answer"]
    assert (generation.latency, generation.time_to_first_token) == (1.5, 0.25)


def test_metadata_of_an_update_is_merged_into_the_first(langfuse):
    views = by_name(langfuse.fetch_trace(TRACE_ID).data.observations)
    assert views["travel-agent"].metadata == story.METADATA_READ
    assert views["draft-answer"].metadata == {"attempt": 1, "finish": "stop"}


def test_usage_and_cost_have_the_old_fields_too(langfuse):
    generation = langfuse.fetch_observation("python-2-generation").data
    assert (generation.usage.input, generation.usage.output, generation.usage.total) == (150, 45, 195)
    assert generation.usage.unit == "TOKENS"
    assert (generation.calculated_input_cost, generation.calculated_output_cost) == (
        story.COST["input"],
        story.COST["output"],
    )
    assert generation.calculated_total_cost == pytest.approx(story.COST_READ["total"])


def test_scores_come_back_with_the_trace(langfuse):
    scores = by_name(langfuse.fetch_trace(TRACE_ID).data.scores)
    assert {
        name: (score.id, score.data_type, score.value, score.comment, score.observation_id, score.source)
        for name, score in scores.items()
    } == {
        "helpfulness": ("python-2-helpfulness", "NUMERIC", 0.75, "clear, but short", None, "API"),
        "tone": ("python-2-tone", "CATEGORICAL", 0, None, "python-2-generation", "API"),
        "resolved": ("python-2-resolved", "BOOLEAN", 1, None, None, "API"),
    }
    assert (scores["tone"].string_value, scores["resolved"].string_value) == ("friendly", "True")


def test_scores_list_filters_by_name_and_type(langfuse):
    api = langfuse.client.score
    assert ids(api.get(user_id=USER).data) == {"python-2-helpfulness", "python-2-tone", "python-2-resolved"}
    assert ids(api.get(user_id=USER, name="tone").data) == {"python-2-tone"}
    assert ids(api.get(user_id=USER, data_type="NUMERIC").data) == {"python-2-helpfulness"}
    assert ids(api.get(score_ids="python-2-tone,python-2-resolved").data) == {"python-2-tone", "python-2-resolved"}
    assert api.get_by_id("python-2-helpfulness").value == 0.75


@pytest.mark.parametrize(
    "filters",
    [
        {"user_id": USER},
        {"session_id": SESSION},
        {"tags": TAGS},
        {"tags": "python-2"},
        {"name": story.TRACE_NAME, "user_id": USER},
        {"from_timestamp": START, "to_timestamp": after(1), "user_id": USER},
    ],
    ids=lambda filters: "+".join(filters),
)
def test_trace_list_finds_exactly_the_trace(langfuse, filters):
    page = langfuse.fetch_traces(**filters)
    assert [trace.id for trace in page.data] == [TRACE_ID]
    assert (page.meta.page, page.meta.total_items, page.meta.total_pages) == (1, 1, 1)
    (trace,) = page.data
    assert sorted(trace.observations) == sorted(view["id"] for view in EXPECTED.values())
    assert sorted(trace.scores) == ["python-2-helpfulness", "python-2-resolved", "python-2-tone"]
    assert (trace.latency, trace.total_cost) == (2.0, pytest.approx(story.COST_READ["total"]))


def test_trace_list_excludes_what_does_not_match(langfuse):
    assert langfuse.fetch_traces(user_id=USER, tags=["python-2", "no-such-tag"]).data == []
    assert langfuse.fetch_traces(user_id=USER, from_timestamp=after(1)).data == []
    assert langfuse.fetch_traces(user_id=USER, to_timestamp=START).data == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, sorted(EXPECTED)),
        ({"type": "GENERATION"}, ["draft-answer"]),
        ({"type": "EVENT"}, ["confirmed"]),
        ({"name": "get-weather"}, ["get-weather"]),
        ({"parent_observation_id": "python-2-agent"}, ["book-flight", "confirmed", "draft-answer", "get-weather"]),
        ({"from_start_time": after(20), "to_start_time": after(1800)}, ["book-flight", "get-weather"]),
    ],
    ids=lambda value: "+".join(value) or "all",
)
def test_observation_list_filters(langfuse, filters, found):
    assert names(langfuse.fetch_observations(trace_id=TRACE_ID, **filters).data) == found


def test_observation_list_pages_from_the_newest(langfuse):
    pages = [langfuse.fetch_observations(trace_id=TRACE_ID, limit=2, page=page) for page in (1, 2, 3)]
    assert [[view.name for view in page.data] for page in pages] == [
        ["confirmed", "book-flight"],
        ["get-weather", "draft-answer"],
        ["travel-agent"],
    ]
    assert [page.meta.total_items for page in pages] == [5, 5, 5]
    assert [page.meta.total_pages for page in pages] == [3, 3, 3]


def test_one_observation_comes_back_alone(langfuse):
    assert observation(langfuse.fetch_observation("python-2-generation").data) == EXPECTED["draft-answer"]


def test_unknown_ids_are_refused_as_not_found(langfuse):
    with pytest.raises(Exception, match="404|not found"):
        langfuse.fetch_trace("no-such-trace")
    with pytest.raises(Exception, match="404|not found"):
        langfuse.fetch_observation("no-such-observation")


def test_session_lists_and_holds_its_trace(langfuse):
    assert SESSION in ids(langfuse.fetch_sessions(limit=100).data)
    session = langfuse.client.sessions.get(SESSION)
    assert [(trace.id, trace.input) for trace in session.traces] == [(TRACE_ID, story.QUESTION)]
    assert session.project_id == PROJECT_ID


def test_trace_urls_point_into_this_server(langfuse):
    assert langfuse.trace(id=TRACE_ID).get_trace_url() == f"{HOST}/trace/{TRACE_ID}"
    langfuse.flush()
    # Naming the trace again without anything else takes nothing away.
    assert langfuse.fetch_trace(TRACE_ID).data.output == story.ANSWER


def test_decorated_functions_nest_and_keep_their_arguments(langfuse):
    @observe(as_type="generation")
    def answer(question):
        langfuse_context.update_current_observation(model=story.MODEL, usage={"promptTokens": 7, "completionTokens": 5})
        return f"About {question}: yes."

    @observe()
    def conversation(question):
        langfuse_context.update_current_trace(user_id=USER + "-decorated", tags=["decorated"])
        return langfuse_context.get_current_trace_id(), answer(question)

    trace_id, reply = conversation("東京")
    langfuse_context.flush()

    trace = langfuse.fetch_trace(trace_id).data
    views = by_name(trace.observations)
    assert (trace.name, trace.user_id, trace.tags) == ("conversation", USER + "-decorated", ["decorated"])
    assert trace.input == {"args": ["東京"], "kwargs": {}}
    assert (views["answer"].type, views["answer"].model, views["answer"].output) == ("GENERATION", story.MODEL, reply)
    assert views["answer"].usage_details == {"input": 7, "output": 5, "total": 12}


def test_id_with_slashes_and_800_characters_is_kept_whole(langfuse):
    # This client puts ids into paths unescaped, so it finds such a trace by a filter.
    trace_id = ("/a b/%2F?#" * 80)[:800]
    langfuse.trace(id=trace_id, user_id=USER + "-slashes").span(id=trace_id, name="same id as its trace")
    langfuse.flush()
    (trace,) = langfuse.fetch_traces(user_id=USER + "-slashes").data
    assert (trace.id, trace.observations) == (trace_id, [trace_id])


def test_deleted_traces_and_scores_are_gone_at_once(langfuse):
    user = USER + "-deleted"
    for name in ("one", "two", "three"):
        trace = langfuse.trace(id=f"python-2-deleted-{name}", user_id=user)
        trace.span(id=f"python-2-deleted-span-{name}", name="gone too")
        trace.score(id=f"python-2-deleted-score-{name}", name="doubtful", value=0)
    langfuse.flush()
    api = langfuse.client
    api.score.delete("python-2-deleted-score-one")
    assert ids(api.score.get(user_id=user).data) == {"python-2-deleted-score-two", "python-2-deleted-score-three"}
    assert api.trace.delete("python-2-deleted-one").message == "Trace deleted successfully"
    with pytest.raises(Exception, match="404|not found"):
        langfuse.fetch_trace("python-2-deleted-one")
    rest = ["python-2-deleted-two", "python-2-deleted-three", "python-2-never-written"]
    assert api.trace.delete_multiple(trace_ids=rest).message == "Traces deleted successfully"
    assert langfuse.fetch_traces(user_id=user).data == []
    assert langfuse.fetch_observations(user_id=user).data == []
    assert api.score.get(user_id=user).data == []


def test_published_for_the_other_readers():
    publish(CLIENT, TRACE_ID)
