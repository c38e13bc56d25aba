"""Scores of every type and on everything that can be scored, created through the generated API of each generation."""

import pytest

from writer import API, ENVIRONMENT, NAME, NUMBER, SCORES, SESSION, write_trace

# What the second generation's API has no words for.
UNKNOWN_TO_2 = {"session", "dataset run"}
TYPES_OF_2 = {"NUMERIC", "BOOLEAN", "CATEGORICAL"}


def possible(score):
    return NUMBER > 2 or (score["dataType"] in TYPES_OF_2 and score["target"] not in UNKNOWN_TO_2)


def create(**fields):
    """Creates one score through the generated client."""
    if NUMBER == 2:
        from langfuse.api import CreateScoreRequest

        known = CreateScoreRequest.__fields__
        API.score.create(request=CreateScoreRequest(**{key: value for key, value in fields.items() if key in known}))
    elif NUMBER == 3:
        from langfuse.api import CreateScoreRequest

        API.score.create(request=CreateScoreRequest(**fields))
    elif NUMBER == 4:
        API.scores.create(**fields)
    else:
        from langfuse.api.scores import CreateScoreRequest

        API.scores.create(request=[CreateScoreRequest(**fields)])


@pytest.fixture(scope="module")
def written():
    trace_id, observation_id = write_trace()
    targets = {
        "trace": {"trace_id": trace_id},
        "observation": {"trace_id": trace_id, "observation_id": observation_id},
        "unknown trace": {"trace_id": f"{NAME}-unknown"},
        "session": {"session_id": SESSION},
        "dataset run": {"dataset_run_id": f"run-{NAME}"},
    }
    made = {}
    for number, score in enumerate(SCORES):
        if not possible(score):
            continue
        fields = {
            "id": f"{NAME}-score-{number}",
            "name": score["name"],
            "value": score["value"],
            "data_type": score["dataType"],
            "environment": ENVIRONMENT,
            "comment": score.get("comment"),
            "metadata": score.get("metadata"),
            "queue_id": score.get("queueId"),
            "source": score.get("source") if NUMBER > 3 else None,
        }
        given = {key: value for key, value in fields.items() if value is not None} | targets[score["target"]]
        create(**given)
        made[number] = given
    return made


@pytest.mark.parametrize("number", [number for number, score in enumerate(SCORES) if possible(score)])
def test_a_created_score_comes_back_as_it_was_sent(written, number):
    given, score = written[number], SCORES[number]
    read = _read(given["id"])
    shown = {"NUMERIC": score["value"], "BOOLEAN": score["value"], "CATEGORICAL": 0}.get(score["dataType"])
    assert (read.name, read.data_type, read.environment) == (given["name"], given["data_type"], ENVIRONMENT)
    assert (read.comment, read.source) == (given.get("comment"), given.get("source", "API"))
    if NUMBER > 2:
        assert (read.metadata, read.queue_id) == (given.get("metadata", {}), given.get("queue_id"))
    if NUMBER == 5:
        assert read.value == score.get("shown", score["value"])
        return
    if shown is not None:
        assert read.value == shown
    if isinstance(score["value"], str):
        assert read.string_value == score["value"]
    for key in ("trace_id", "observation_id", "session_id", "dataset_run_id"):
        assert getattr(read, key, None) == given.get(key)


def _read(score_id):
    if NUMBER == 2:
        return API.score.get_by_id(score_id)
    if NUMBER == 3:
        return API.score_v_2.get_by_id(score_id)
    if NUMBER == 4:
        return API.scores.get_by_id(score_id)
    (score,) = API.scores.get_many(id=score_id, fields="core,details,annotation").data
    return score


@pytest.mark.skipif(NUMBER < 5, reason="only the fifth generation sends scores as arrays")
def test_scores_of_one_request_are_accepted_and_refused_one_by_one():
    from langfuse.api.scores import CreateScoreRequest

    good = CreateScoreRequest(id=f"{NAME}-good", trace_id=f"{NAME}-unknown", name="good", value=1.0)
    bad = CreateScoreRequest(id=f"{NAME}-bad", trace_id=f"{NAME}-unknown", name="bad", value="x", data_type="NUMERIC")
    results = API.scores.create(request=[good, bad])
    assert (results.accepted, results.rejected) == (1, 1)
    assert len(results.errors) == 1
    assert [score.id for score in API.scores.get_many(id=f"{NAME}-good,{NAME}-bad").data] == [f"{NAME}-good"]
