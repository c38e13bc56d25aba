"""An experiment over items of one's own, run and scored by the client, read back through the experiments API."""

import datetime as dt
import json

import pytest

from writer import API, CLIENT, NAME, NUMBER

pytestmark = pytest.mark.skipif(NUMBER < 4, reason="older generations have no experiments API")
if NUMBER > 3:
    from langfuse import Evaluation

RUN = f"{NAME} run"
ITEMS = [
    {"input": {"city": city}, "expected_output": city.upper(), "metadata": {"continent": continent}}
    for city, continent in (("Tokyo", "Asia"), ("Lima", "South America"), ("Köln", "Europe"))
]
GROUPS = "core,dataset,io,metadata,itemMetadata,experimentMetadata,scores"


def shout(*, item, **_):
    return item["input"]["city"].upper() if item["input"]["city"] != "Lima" else "lima"


def exact(*, output, expected_output, **_):
    return Evaluation(name="exact", value=float(output == expected_output))


def share(*, item_results, **_):
    values = [evaluation.value for result in item_results for evaluation in result.evaluations]
    return Evaluation(name="share", value=sum(values) / len(values))


@pytest.fixture(scope="module")
def result():
    began = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    result = CLIENT.run_experiment(
        name=NAME,
        run_name=RUN,
        description="shouts at cities",
        data=ITEMS,
        task=shout,
        evaluators=[exact],
        run_evaluators=[share],
        metadata={"voice": "loud"},
    )
    CLIENT.flush()
    return began, result


def test_the_experiment_is_listed_with_its_window_and_scores(result):
    began, _ = result
    (experiment,) = API.experiments.list(from_start_time=began, name=RUN, fields="core,metadata,scores").data
    assert (experiment.name, experiment.description, experiment.item_count) == (RUN, "shouts at cities", len(ITEMS))
    assert (experiment.metadata, experiment.dataset_id) == ({"voice": "loud"}, None)
    assert began <= experiment.start_time <= experiment.end_time
    # The fourth generation scores a run only when it is one of a data set.
    scores = {"share": pytest.approx(2 / 3)} if NUMBER > 4 else {}
    assert {score.name: score.value for score in experiment.scores} == scores
    assert API.experiments.list(from_start_time=began, id=experiment.id).data[0].name == RUN


def test_its_items_come_back_with_inputs_outputs_and_scores(result):
    began, run = result
    items = API.experiments.list_items(from_start_time=began, experiment_name=RUN, fields=GROUPS).data
    assert {item.trace_id for item in items} == {one.trace_id for one in run.item_results}
    read = {json.loads(item.input)["city"]: item for item in items}
    assert {city: item.output for city, item in read.items()} == {"Tokyo": "TOKYO", "Lima": "lima", "Köln": "KÖLN"}
    assert {city: item.expected_output for city, item in read.items()} == {
        item["input"]["city"]: item["expected_output"] for item in ITEMS
    }
    assert {city: [(score.name, score.value) for score in item.scores] for city, item in read.items()} == {
        "Tokyo": [("exact", 1)],
        "Lima": [("exact", 0)],
        "Köln": [("exact", 1)],
    }
    for item in items:
        assert (item.experiment_name, item.experiment_description, item.level) == (RUN, "shouts at cities", "DEFAULT")
        assert item.experiment_metadata == {"voice": "loud"}


def test_without_a_beginning_it_is_refused(result):
    with pytest.raises(Exception) as refusal:
        API.experiments.list(from_start_time=None)
    assert getattr(refusal.value, "status_code", 400) == 400
