"""Langfuse's Python client of the third generation (OpenTelemetry spans): writes the story and reads it back through its own API."""

import json

import pytest
from langfuse import Langfuse, get_client, observe
from langfuse.api.core.api_error import ApiError

import story
from connection import HOST, PROJECT_ID, PROJECT_NAME, publish
from facts import by_name, contains, ids, names, observation
from telling import TYPES, expected, tell

CLIENT = "python-langfuse-3"
USER = "user-python-3"
SESSION = "session-python-3"
TAGS = ["python-3", "weather", "東京"]


# For the whole run: a client that was shut down waits for ever for uploads, and the next file gets this one from `get_client`.
@pytest.fixture(scope="session")
def langfuse():
    client = Langfuse(environment=story.ENVIRONMENT, release=story.RELEASE)
    yield client
    client.shutdown()


@pytest.fixture(scope="module", autouse=True)
def told(langfuse):
    with langfuse.start_as_current_observation(
        as_type="agent", name="travel-agent", input=story.QUESTION, metadata=story.METADATA
    ) as agent:
        told = tell(langfuse, agent)
        agent.update_trace(
            name=story.TRACE_NAME,
            user_id=USER,
            session_id=SESSION,
            version=story.VERSION,
            input=story.CHAT,
            output=story.REPLY,
            metadata=story.TRACE_METADATA,
            tags=TAGS,
            public=True,
        )
        agent.score_trace(score_id="python-3-helpfulness", name="helpfulness", **story.SCORES["helpfulness"])
        langfuse.score_current_trace(score_id="python-3-resolved", name="resolved", value=1, data_type="BOOLEAN")
    langfuse.create_score(
        score_id="python-3-tone",
        trace_id=told.trace_id,
        observation_id=told.ids["draft-answer"],
        name="tone",
        value="friendly",
        data_type="CATEGORICAL",
        metadata={"judge": "human"},
    )
    langfuse.create_score(
        score_id="python-3-session", session_id=SESSION, name="satisfaction", value=0.5, data_type="NUMERIC"
    )
    langfuse.flush()
    told.end()
    return told


def test_keys_are_accepted_and_name_the_project(langfuse):
    assert langfuse.auth_check() is True
    (project,) = langfuse.api.projects.get().data
    assert (project.id, project.name) == (PROJECT_ID, PROJECT_NAME)


def test_trace_comes_back_field_by_field(langfuse, told):
    trace = langfuse.api.trace.get(told.trace_id)
    assert {
        "id": trace.id,
        "name": trace.name,
        "user_id": trace.user_id,
        "session_id": trace.session_id,
        "version": trace.version,
        "release": trace.release,
        "environment": trace.environment,
        "tags": sorted(trace.tags),
        "public": trace.public,
        "input": trace.input,
        "output": trace.output,
        "total_cost": trace.total_cost,
        "html_path": trace.html_path,
    } == {
        "id": told.trace_id,
        "name": story.TRACE_NAME,
        "user_id": USER,
        "session_id": SESSION,
        "version": story.VERSION,
        "release": story.RELEASE,
        "environment": story.ENVIRONMENT,
        "tags": sorted(TAGS),
        "public": True,
        "input": story.CHAT,
        "output": story.REPLY,
        "total_cost": pytest.approx(story.COST_READ["total"]),
        "html_path": f"/project/{PROJECT_ID}/traces/{told.trace_id}",
    }
    assert contains(trace.metadata, story.TRACE_METADATA)


def test_observations_of_the_trace_come_back_field_by_field(langfuse, told):
    views = by_name(langfuse.api.trace.get(told.trace_id).observations)
    assert {name: observation(view) for name, view in views.items()} == expected(told, root={"version": story.VERSION})


def test_metadata_comes_back_with_nested_values(langfuse, told):
    views = by_name(langfuse.api.trace.get(told.trace_id).observations)
    assert contains(views["draft-answer"].metadata, story.METADATA_READ)
    assert contains(views["travel-agent"].metadata, story.METADATA_READ)


def test_times_lie_where_the_story_happened(langfuse, told):
    views = by_name(langfuse.api.trace.get(told.trace_id).observations)
    for view in views.values():
        assert view.start_time <= view.end_time <= told.ended
    for child in (view for view in views.values() if view.name != "travel-agent"):
        assert told.began <= child.start_time
    assert views["draft-answer"].completion_start_time == told.completion_start


def test_scores_come_back_in_both_generations_of_the_api(langfuse, told):
    scores = by_name(langfuse.api.trace.get(told.trace_id).scores)
    assert {
        name: (score.id, score.data_type, score.value, score.comment, score.observation_id, score.source)
        for name, score in scores.items()
    } == {
        "helpfulness": ("python-3-helpfulness", "NUMERIC", 0.75, "clear, but short", None, "API"),
        "tone": ("python-3-tone", "CATEGORICAL", 0, None, told.ids["draft-answer"], "API"),
        "resolved": ("python-3-resolved", "BOOLEAN", 1, None, None, "API"),
    }
    api = langfuse.api.score_v_2
    tone = api.get_by_id("python-3-tone")
    assert (tone.string_value, tone.metadata, tone.environment) == ("friendly", {"judge": "human"}, story.ENVIRONMENT)
    assert ids(api.get(trace_id=told.trace_id).data) == {
        "python-3-helpfulness",
        "python-3-tone",
        "python-3-resolved",
    }
    assert ids(api.get(session_id=SESSION).data) == {"python-3-session"}
    assert ids(api.get(trace_id=told.trace_id, data_type="BOOLEAN").data) == {"python-3-resolved"}
    (with_trace,) = api.get(user_id=USER, name="tone").data
    assert (with_trace.trace.user_id, sorted(with_trace.trace.tags)) == (USER, sorted(TAGS))


@pytest.mark.parametrize(
    "filters",
    [
        {"user_id": USER},
        {"session_id": SESSION},
        {"tags": TAGS},
        {"tags": ["python-3"], "environment": ["production", story.ENVIRONMENT]},
        {"name": story.TRACE_NAME, "user_id": USER, "version": story.VERSION, "release": story.RELEASE},
    ],
    ids=lambda filters: "+".join(filters),
)
def test_trace_list_finds_exactly_the_trace(langfuse, told, filters):
    page = langfuse.api.trace.list(**filters)
    assert [trace.id for trace in page.data] == [told.trace_id]
    assert page.meta.total_items == 1
    (trace,) = page.data
    assert set(trace.observations) == set(told.ids.values())
    assert set(trace.scores) == {"python-3-helpfulness", "python-3-tone", "python-3-resolved"}


def test_trace_list_bounds_time_and_environment(langfuse, told):
    listed = langfuse.api.trace.list
    assert listed(user_id=USER, environment="production").data == []
    assert listed(user_id=USER, from_timestamp=told.ended).data == []
    assert listed(user_id=USER, to_timestamp=told.ended).data[0].id == told.trace_id


def test_trace_list_leaves_groups_out_on_request(langfuse, told):
    (trace,) = langfuse.api.trace.list(user_id=USER, fields="core,metrics").data
    assert (trace.input, trace.observations, trace.scores) == (None, [], [])
    assert trace.total_cost == pytest.approx(story.COST_READ["total"])


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, sorted(TYPES)),
        ({"type": "GENERATION"}, ["draft-answer"]),
        ({"type": "TOOL"}, ["get-weather"]),
        ({"type": "AGENT", "user_id": USER}, ["travel-agent"]),
        ({"name": "book-flight"}, ["book-flight"]),
        ({"level": "ERROR"}, ["book-flight"]),
        ({"environment": ["production"]}, []),
    ],
    ids=lambda value: "+".join(value) or "all",
)
def test_observation_lists_filter_alike_in_both_generations(langfuse, told, filters, found):
    assert names(langfuse.api.observations.get_many(trace_id=told.trace_id, **filters).data) == found
    newer = langfuse.api.observations_v_2.get_many(trace_id=told.trace_id, fields="core,basic", **filters)
    assert sorted(row["name"] for row in newer.data) == found


def test_observations_v2_show_the_requested_groups(langfuse, told):
    # This generation hands the rows out as the plain JSON objects that they are.
    (generation,) = langfuse.api.observations_v_2.get_many(
        trace_id=told.trace_id,
        type="GENERATION",
        fields="core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context",
    ).data
    assert (generation["id"], generation["parentObservationId"]) == (
        told.ids["draft-answer"],
        told.ids["travel-agent"],
    )
    assert (json.loads(generation["input"]), json.loads(generation["output"])) == (story.CHAT, story.REPLY)
    assert contains(generation["metadata"], story.METADATA_READ)
    assert (generation["model"], generation["modelParameters"]) == (story.MODEL, story.MODEL_PARAMETERS)
    assert generation["usageDetails"] == story.USAGE_READ
    assert generation["costDetails"] == pytest.approx(story.COST_READ)
    assert (generation["userId"], generation["sessionId"], generation["traceName"]) == (
        USER,
        SESSION,
        story.TRACE_NAME,
    )


def test_observations_v2_page_by_cursor_without_gap_or_repeat(langfuse, told):
    seen, cursor = [], None
    while True:
        page = langfuse.api.observations_v_2.get_many(trace_id=told.trace_id, limit=3, cursor=cursor)
        seen += [row["id"] for row in page.data]
        cursor = page.meta.cursor
        if cursor is None:
            break
    assert len(seen) == len(told.ids)
    assert set(seen) == set(told.ids.values())


def test_one_observation_comes_back_alone(langfuse, told):
    view = langfuse.api.observations.get(told.ids["draft-answer"])
    assert observation(view) == expected(told)["draft-answer"]
    assert (view.usage.input, view.usage.output, view.usage.total) == (150, 45, 195)


def test_unknown_ids_are_refused_as_not_found(langfuse):
    for read in (langfuse.api.trace.get, langfuse.api.observations.get, langfuse.api.sessions.get):
        with pytest.raises(ApiError) as refusal:
            read("0123456789abcdef0123456789abcdef")
        assert refusal.value.status_code == 404
        assert refusal.value.body["error"] == "LangfuseNotFoundError"


def test_session_lists_and_holds_its_trace(langfuse, told):
    assert SESSION in ids(langfuse.api.sessions.list(limit=100, environment=story.ENVIRONMENT).data)
    session = langfuse.api.sessions.get(SESSION)
    assert [trace.id for trace in session.traces] == [told.trace_id]
    assert (session.project_id, session.environment) == (PROJECT_ID, story.ENVIRONMENT)


def test_trace_url_points_into_this_server(langfuse, told):
    url = langfuse.get_trace_url(trace_id=told.trace_id)
    assert url == f"{HOST}/project/{PROJECT_ID}/traces/{told.trace_id}"


def test_a_trace_continued_from_elsewhere_keeps_its_id(langfuse):
    trace_id = Langfuse.create_trace_id(seed="python-3-continued")
    with langfuse.start_as_current_span(
        name="continued", trace_context={"trace_id": trace_id}, input={"step": 1}, output={"done": True}
    ):
        pass
    langfuse.flush()
    trace = langfuse.api.trace.get(trace_id)
    assert (trace.id, trace.name, trace.input, trace.output) == (trace_id, "continued", {"step": 1}, {"done": True})


def test_decorated_functions_nest_and_keep_arguments_and_exceptions(langfuse):
    @observe(as_type="generation")
    def answer(question):
        get_client().update_current_generation(model=story.MODEL, usage_details={"input": 7, "output": 5})
        raise RuntimeError(f"no answer to {question}")

    @observe
    def conversation(question):
        get_client().update_current_trace(user_id=USER + "-decorated", tags=["decorated"])
        try:
            answer(question)
        except RuntimeError:
            pass
        return get_client().get_current_trace_id()

    trace_id = conversation("東京")
    langfuse.flush()

    trace = langfuse.api.trace.get(trace_id)
    views = by_name(trace.observations)
    assert (trace.name, trace.user_id, trace.tags) == ("conversation", USER + "-decorated", ["decorated"])
    assert (trace.input, trace.output) == ({"args": ["東京"], "kwargs": {}}, trace_id)
    failed = views["answer"]
    assert (failed.type, failed.level, failed.status_message) == ("GENERATION", "ERROR", "no answer to 東京")
    assert failed.usage_details == {"input": 7, "output": 5, "total": 12}


def test_deleted_traces_and_scores_are_gone_at_once(langfuse):
    traces = [Langfuse.create_trace_id(seed=f"python-3-deleted-{name}") for name in ("one", "two", "three")]
    for trace_id in traces:
        with langfuse.start_as_current_span(name="deleted", trace_context={"trace_id": trace_id}):
            pass
        langfuse.create_score(score_id=f"score-{trace_id}", trace_id=trace_id, name="doubtful", value=0.0)
    langfuse.flush()
    api = langfuse.api
    api.score.delete(f"score-{traces[0]}")
    assert api.score_v_2.get(score_ids=f"score-{traces[0]}").data == []
    assert len(api.score_v_2.get(score_ids=f"score-{traces[1]}").data) == 1
    assert api.trace.delete(traces[0]).message == "Trace deleted successfully"
    assert api.trace.delete_multiple(trace_ids=[*traces[1:], "never-written"]).message == "Traces deleted successfully"
    for trace_id in traces:
        assert api.observations.get_many(trace_id=trace_id).data == []


def test_published_for_the_other_readers(told):
    publish(CLIENT, told.trace_id)
