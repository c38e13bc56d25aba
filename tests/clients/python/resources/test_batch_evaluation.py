"""The client's batch evaluation: fetches by a filter page after page, evaluates each item once and writes the scores."""

import json

import pytest

from writer import API, CLIENT, NAME, NUMBER

pytestmark = pytest.mark.skipif(NUMBER == 2, reason="the second generation has no batch evaluation")
if NUMBER > 2:
    from langfuse import Evaluation
    from langfuse.batch_evaluation import BatchEvaluationResumeToken, EvaluatorInputs

EVALUATED = f"{NAME}-evaluated"
ITEMS = 5
BATCH = 2
FILTER = json.dumps([{"type": "string", "column": "name", "operator": "=", "value": EVALUATED}])
BEFORE_ALL = "2020-01-01T00:00:00+00:00"


@pytest.fixture(scope="module")
def written():
    ids = {}
    for number in range(ITEMS):
        with CLIENT.start_as_current_observation(name=EVALUATED, input=number, output=number * number) as span:
            ids[span.trace_id] = span.id
    CLIENT.flush()
    return ids


def inputs(*, item):
    return EvaluatorInputs(input=item.input, output=item.output, expected_output=None, metadata={})


def evaluate(scope, name, **more):
    seen = []

    def size(*, input, output, **_):  # noqa: A002 — the client calls evaluators by these names
        seen.append(int(input))
        return Evaluation(name=name, value=float(output))

    where = {} if NUMBER == 5 else {"scope": scope}
    result = CLIENT.run_batched_evaluation(
        mapper=inputs, evaluators=[size], filter=FILTER, fetch_batch_size=BATCH, **where, **more
    )
    CLIENT.flush()
    return result, sorted(seen)


def scores(name):
    if NUMBER == 3:
        return API.score_v_2.get(name=name).data
    return API.scores.get_many(name=name).data


@pytest.mark.parametrize("scope", ["observations"] if NUMBER == 5 else ["traces", "observations"])
def test_every_item_is_evaluated_once(written, scope):
    name = f"{EVALUATED}-{scope}"
    result, seen = evaluate(scope, name)
    assert (result.completed, result.total_items_processed, seen) == (True, ITEMS, list(range(ITEMS)))
    assert sorted(score.value for score in scores(name)) == [number**2 for number in range(ITEMS)]


@pytest.mark.skipif(NUMBER == 5, reason="the fifth generation goes on from a cursor")
@pytest.mark.parametrize("scope", ["traces", "observations"])
def test_it_goes_on_from_a_moment(written, scope):
    token = BatchEvaluationResumeToken(
        scope=scope, filter=FILTER, last_processed_timestamp=BEFORE_ALL, last_processed_id="", items_processed=0
    )
    result, seen = evaluate(scope, f"{EVALUATED}-{scope}-resumed", resume_from=token)
    assert (result.completed, seen) == (True, list(range(ITEMS)))
