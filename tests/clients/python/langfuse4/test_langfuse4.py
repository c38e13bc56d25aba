"""Langfuse's Python client of the fourth generation (attributes propagated to every span): writes the story and reads it back."""

import json

import pytest
from langfuse import Langfuse, get_client, observe, propagate_attributes
from langfuse.api.core.api_error import ApiError

import story
from connection import HOST, PROJECT_ID, PROJECT_NAME, publish
from facts import by_name, contains, ids, names, observation
from telling import TYPES, expected, tell

CLIENT = "python-langfuse-4"
USER = "user-python-4"
SESSION = "session-python-4"
TAGS = ["python-4", "weather", "東京"]


# For the whole run: a client that was shut down waits for ever for uploads, and the next file gets this one from `get_client`.
@pytest.fixture(scope="session")
def langfuse():
    client = Langfuse(environment=story.ENVIRONMENT, release=story.RELEASE)
    yield client
    client.shutdown()


@pytest.fixture(scope="module", autouse=True)
def told(langfuse):
    with propagate_attributes(
        user_id=USER,
        session_id=SESSION,
        tags=TAGS,
        trace_name=story.TRACE_NAME,
        version=story.VERSION,
        metadata=story.TRACE_METADATA,
    ):
        with langfuse.start_as_current_observation(
            as_type="agent", name="travel-agent", input=story.QUESTION, metadata=story.METADATA
        ) as agent:
            told = tell(langfuse, agent)
            agent.set_trace_as_public()
            agent.score_trace(score_id="python-4-helpfulness", name="helpfulness", **story.SCORES["helpfulness"])
            langfuse.score_current_trace(score_id="python-4-resolved", name="resolved", value=1, data_type="BOOLEAN")
    langfuse.create_score(
        score_id="python-4-tone",
        trace_id=told.trace_id,
        observation_id=told.ids["draft-answer"],
        name="tone",
        value="friendly",
        data_type="CATEGORICAL",
        metadata={"judge": "human"},
    )
    langfuse.create_score(
        score_id="python-4-session", session_id=SESSION, name="satisfaction", value=0.5, data_type="NUMERIC"
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
        "input": story.QUESTION,
        "output": story.ANSWER,
        "total_cost": pytest.approx(story.COST_READ["total"]),
        "html_path": f"/project/{PROJECT_ID}/traces/{told.trace_id}",
    }
    assert contains(trace.metadata, story.TRACE_METADATA)


def test_observations_of_the_trace_come_back_field_by_field(langfuse, told):
    views = by_name(langfuse.api.trace.get(told.trace_id).observations)
    assert {name: observation(view) for name, view in views.items()} == expected(told, version=story.VERSION)


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


def test_scores_come_back_with_the_trace(langfuse, told):
    scores = by_name(langfuse.api.trace.get(told.trace_id).scores)
    assert {
        name: (score.id, score.data_type, score.value, score.comment, score.observation_id, score.source)
        for name, score in scores.items()
    } == {
        "helpfulness": ("python-4-helpfulness", "NUMERIC", 0.75, "clear, but short", None, "API"),
        "tone": ("python-4-tone", "CATEGORICAL", 0, None, told.ids["draft-answer"], "API"),
        "resolved": ("python-4-resolved", "BOOLEAN", 1, None, None, "API"),
    }


def test_scores_v2_filter(langfuse, told):
    api = langfuse.api.scores
    tone = api.get_by_id("python-4-tone")
    assert (tone.string_value, tone.metadata, tone.environment) == ("friendly", {"judge": "human"}, story.ENVIRONMENT)
    assert ids(api.get_many(trace_id=told.trace_id).data) == {
        "python-4-helpfulness",
        "python-4-tone",
        "python-4-resolved",
    }
    assert ids(api.get_many(session_id=SESSION).data) == {"python-4-session"}
    assert ids(api.get_many(observation_id=told.ids["draft-answer"]).data) == {"python-4-tone"}
    assert ids(api.get_many(trace_id=told.trace_id, data_type="BOOLEAN").data) == {"python-4-resolved"}
    assert ids(api.get_many(user_id=USER, trace_tags=["python-4"], operator=">", value=0.5).data) >= {
        "python-4-helpfulness"
    }


def test_scores_v3_show_values_in_their_own_type(langfuse, told):
    scores = by_name(
        langfuse.api.scores_v3.get_many_v3(trace_id=told.trace_id, fields="core,details,subject,annotation").data
    )
    assert {name: (score.id, score.data_type, score.value) for name, score in scores.items()} == {
        "helpfulness": ("python-4-helpfulness", "NUMERIC", 0.75),
        "tone": ("python-4-tone", "CATEGORICAL", "friendly"),
        "resolved": ("python-4-resolved", "BOOLEAN", True),
    }
    assert scores["helpfulness"].comment == "clear, but short"
    subject = scores["tone"].subject
    assert (subject.kind, subject.id, subject.trace_id) == ("observation", told.ids["draft-answer"], told.trace_id)
    assert ids(langfuse.api.scores_v3.get_many_v3(session_id=SESSION).data) == {"python-4-session"}


@pytest.mark.parametrize(
    "filters",
    [
        {"user_id": USER},
        {"session_id": SESSION},
        {"tags": TAGS},
        {"tags": ["python-4"], "environment": ["production", story.ENVIRONMENT]},
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
    assert set(trace.scores) == {"python-4-helpfulness", "python-4-tone", "python-4-resolved"}


def test_trace_list_bounds_time_and_environment(langfuse, told):
    listed = langfuse.api.trace.list
    assert listed(user_id=USER, environment="production").data == []
    assert listed(user_id=USER, from_timestamp=told.ended).data == []
    assert listed(user_id=USER, to_timestamp=told.ended).data[0].id == told.trace_id


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
    assert names(langfuse.api.legacy.observations_v1.get_many(trace_id=told.trace_id, **filters).data) == found
    assert names(langfuse.api.observations.get_many(trace_id=told.trace_id, **filters).data) == found


def test_observations_v2_filter_by_session_and_root(langfuse, told):
    listed = langfuse.api.observations.get_many
    assert names(listed(session_id=SESSION, is_root_observation=True).data) == ["travel-agent"]
    assert names(listed(session_id=SESSION, is_root_observation=False).data) == sorted(TYPES.keys() - {"travel-agent"})
    assert names(listed(session_id=SESSION, parent_observation_id=told.ids["draft-answer"]).data) == ["get-weather"]
    assert listed(session_id=SESSION, from_start_time=told.ended).data == []


def test_observations_v2_show_the_requested_groups(langfuse, told):
    (generation,) = langfuse.api.observations.get_many(
        trace_id=told.trace_id,
        type="GENERATION",
        fields="core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context",
    ).data
    assert (generation.id, generation.parent_observation_id) == (told.ids["draft-answer"], told.ids["travel-agent"])
    assert (json.loads(generation.input), json.loads(generation.output)) == (story.CHAT, story.REPLY)
    assert contains(generation.metadata, story.METADATA_READ)
    assert (generation.model, generation.model_parameters) == (story.MODEL, story.MODEL_PARAMETERS)
    assert generation.usage_details == story.USAGE_READ
    assert generation.cost_details == pytest.approx(story.COST_READ)
    assert generation.total_cost == pytest.approx(story.COST_READ["total"])
    assert (generation.user_id, generation.session_id, generation.public) == (USER, SESSION, True)
    assert (generation.trace_name, sorted(generation.tags), generation.release) == (
        story.TRACE_NAME,
        sorted(TAGS),
        story.RELEASE,
    )
    assert generation.completion_start_time == told.completion_start
    assert generation.time_to_first_token > 0


def test_observations_v2_page_by_cursor_without_gap_or_repeat(langfuse, told):
    seen, cursor = [], None
    while True:
        page = langfuse.api.observations.get_many(trace_id=told.trace_id, limit=3, cursor=cursor)
        seen += [view.id for view in page.data]
        cursor = page.meta.cursor
        if cursor is None:
            break
    assert len(seen) == len(told.ids)
    assert set(seen) == set(told.ids.values())


def test_one_observation_comes_back_alone(langfuse, told):
    view = langfuse.api.legacy.observations_v1.get(told.ids["draft-answer"])
    assert observation(view) == expected(told, version=story.VERSION)["draft-answer"]
    assert (view.usage.input, view.usage.output, view.usage.total) == (150, 45, 195)


def test_unknown_ids_are_refused_as_not_found(langfuse):
    api = langfuse.api
    for read in (api.trace.get, api.legacy.observations_v1.get, api.sessions.get, api.scores.get_by_id):
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
    trace_id = Langfuse.create_trace_id(seed="python-4-continued")
    with langfuse.start_as_current_observation(
        name="continued", trace_context={"trace_id": trace_id}, input={"step": 1}, output={"done": True}
    ):
        pass
    langfuse.flush()
    trace = langfuse.api.trace.get(trace_id)
    assert (trace.id, trace.name, trace.input, trace.output) == (trace_id, "continued", {"step": 1}, {"done": True})


def test_trace_input_and_output_set_apart_from_the_root_win(langfuse):
    with langfuse.start_as_current_observation(name="root", input="asked", output="told") as root:
        root.set_trace_io(input={"set": "in"}, output={"set": "out"})
    langfuse.flush()
    trace = langfuse.api.trace.get(root.trace_id)
    assert (trace.input, trace.output) == ({"set": "in"}, {"set": "out"})
    assert (trace.observations[0].input, trace.observations[0].output) == ("asked", "told")


def test_decorated_functions_nest_and_keep_arguments_and_exceptions(langfuse):
    @observe(as_type="generation")
    def answer(question):
        get_client().update_current_generation(model=story.MODEL, usage_details={"input": 7, "output": 5})
        raise RuntimeError(f"no answer to {question}")

    @observe
    def conversation(question):
        with propagate_attributes(user_id=USER + "-decorated", tags=["decorated"]):
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
    traces = [Langfuse.create_trace_id(seed=f"python-4-deleted-{name}") for name in ("one", "two", "three")]
    for trace_id in traces:
        with langfuse.start_as_current_observation(name="deleted", trace_context={"trace_id": trace_id}):
            pass
        langfuse.create_score(score_id=f"score-{trace_id}", trace_id=trace_id, name="doubtful", value=0.0)
    langfuse.flush()
    api = langfuse.api
    api.legacy.score_v1.delete(f"score-{traces[0]}")
    assert api.scores.get_many(score_ids=f"score-{traces[0]}").data == []
    assert len(api.scores.get_many(score_ids=f"score-{traces[1]}").data) == 1
    assert api.trace.delete(traces[0]).message == "Trace deleted successfully"
    assert api.trace.delete_multiple(trace_ids=[*traces[1:], "never-written"]).message == "Traces deleted successfully"
    for trace_id in traces:
        assert api.observations.get_many(trace_id=trace_id).data == []


def test_published_for_the_other_readers(told):
    publish(CLIENT, told.trace_id)
