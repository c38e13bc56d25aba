"""What calls cost, through the clients from the fourth generation on: priced usage, counted tokens, a model of one's own."""

import uuid

import pytest
from langfuse import get_client
from langfuse.api import ModelUsageUnit, NotFoundError

from connection import PROJECT_ID, eventually, get


@pytest.fixture
def client():
    return get_client()


def test_usage_is_priced_with_cached_tokens_at_their_own_price(client):
    with client.start_as_current_observation(
        as_type="generation",
        name="priced",
        model="gpt-4o",
        usage_details={"input": 176, "input_cached_tokens": 1024, "output": 340},
    ) as generation:
        observation_id = generation.id
    client.flush()
    row = get(f"observations/{observation_id}")
    # 176 × 2.5, 1024 × 1.25 and 340 × 10 dollars a million
    assert row["costDetails"] == {
        "input": 0.00044,
        "input_cached_tokens": 0.00128,
        "output": 0.0034,
        "total": 0.00512,
    }
    assert (row["usagePricingTierName"], row["inputPrice"]) == ("Standard", 2.5e-6)
    read = client.api.observations.get_many(trace_id=row["traceId"], fields="core,basic,usage,model")
    assert [(one.name, one.total_cost, one.input_price) for one in read.data] == [("priced", 0.00512, "0.0000025")]


def test_a_call_without_usage_is_counted_and_then_has_a_cost(client):
    with client.start_as_current_observation(
        as_type="generation", name="counted", model="gpt-4o", input="hello world", output="hello"
    ) as generation:
        observation_id = generation.id
    client.flush()

    def has_cost():
        row = get(f"observations/{observation_id}")
        assert row["usageDetails"] == {"input": 2, "output": 1, "total": 3}, row["usageDetails"]
        return row

    # Counting goes on in the background.
    row = eventually(has_cost)
    # 2 × 2.5 and 1 × 10 dollars a million
    assert row["calculatedTotalCost"] == 0.000015


def test_a_model_of_ones_own_is_listed_prices_what_comes_after_it_and_can_be_deleted(client):
    api = client.api.models
    name = f"ours-{uuid.uuid4()}"
    created = api.create(
        model_name=name,
        match_pattern=f"(?i)^{name}$",
        unit=ModelUsageUnit.TOKENS,
        input_price=0.000001,
        output_price=0.000002,
    )
    try:
        assert api.get(created.id).model_name == name
        listed = [api.list(page=page, limit=100) for page in (1, 2)]
        assert created.id in [model.id for page in listed for model in page.data]
        with client.start_as_current_observation(
            as_type="generation", name="own", model=name.upper(), usage_details={"input": 10, "output": 20}
        ) as generation:
            observation_id = generation.id
        client.flush()
        row = get(f"observations/{observation_id}")
        assert (row["modelId"], row["calculatedTotalCost"], row["projectId"]) == (created.id, 0.00005, PROJECT_ID)
    finally:
        api.delete(created.id)
    with pytest.raises(NotFoundError):
        api.get(created.id)
