"""Score configs of every type, and scores that follow them, through the generated API of each generation."""

import pytest
from test_scores import create as create_score

from writer import API, ENVIRONMENT, NAME, NUMBER, create, write_trace

CATEGORIES = [{"label": "calm", "value": 0}, {"label": "cross", "value": 1}]
CONFIGS = {
    "NUMERIC": {"min_value": -1.5, "max_value": 2, "description": "from bad to good"},
    "CATEGORICAL": {"categories": CATEGORIES},
    "BOOLEAN": {},
}
SHOWN_CATEGORIES = {
    "NUMERIC": None,
    "CATEGORICAL": [("calm", 0), ("cross", 1)],
    "BOOLEAN": [("True", 1), ("False", 0)],
}


def config(**fields):
    return create("score_configs", "CreateScoreConfigRequest", **fields)


@pytest.fixture(scope="module")
def configs():
    return {kind: config(name=f"{NAME} {kind.lower()}", data_type=kind, **fields) for kind, fields in CONFIGS.items()}


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_config_comes_back_as_it_was_written(configs, kind):
    written, read = configs[kind], API.score_configs.get_by_id(configs[kind].id)
    assert (read.id, read.name, read.is_archived) == (written.id, f"{NAME} {kind.lower()}", False)
    assert getattr(read.data_type, "value", read.data_type) == kind
    for key in ("min_value", "max_value", "description"):
        assert getattr(read, key) == CONFIGS[kind].get(key)
    categories = [(category.label, category.value) for category in read.categories or ()]
    assert categories == (SHOWN_CATEGORIES[kind] or [])


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("NUMERIC", 1.25, 1.25), ("CATEGORICAL", "cross", 1), ("BOOLEAN", 1, 1)],
)
def test_a_score_takes_the_name_and_the_number_of_its_config(configs, kind, value, shown):
    trace_id, _ = write_trace()
    score_id = f"{NAME}-configured-{kind}"
    create_score(
        id=score_id,
        trace_id=trace_id,
        name="something else",
        value=value,
        data_type=kind,
        config_id=configs[kind].id,
        environment=ENVIRONMENT,
    )
    if NUMBER == 5:
        (score,) = API.scores.get_many(id=score_id, fields="core,details").data
    else:
        score = {2: "score", 3: "score_v_2", 4: "scores"}[NUMBER]
        score = getattr(API, score).get_by_id(score_id)
        assert score.value == shown
    assert (score.name, score.config_id) == (configs[kind].name, configs[kind].id)


def test_a_config_that_cannot_be_is_refused(configs):
    for fields in (
        {"data_type": "NUMERIC", "min_value": 2, "max_value": 1},
        {"data_type": "CATEGORICAL", "categories": [*CATEGORIES, {"label": "calm", "value": 2}]},
        {"data_type": "BOOLEAN", "categories": CATEGORIES},
    ):
        with pytest.raises(Exception) as refusal:
            config(name=f"{NAME} refused", **fields)
        assert refusal.value.status_code == 400, fields


@pytest.mark.skipif(NUMBER == 2, reason="the second generation cannot change a config")
def test_a_changed_config_is_read_as_it_was_changed():
    written = config(name=f"{NAME} changed", data_type="NUMERIC")
    if NUMBER == 3:
        from langfuse.api import UpdateScoreConfigRequest

        API.score_configs.update(written.id, request=UpdateScoreConfigRequest(is_archived=True, description="old"))
    else:
        API.score_configs.update(written.id, is_archived=True, description="old")
    read = API.score_configs.get_by_id(written.id)
    assert (read.is_archived, read.description, read.name) == (True, "old", written.name)
