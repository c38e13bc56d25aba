"""Costs through Langfuse's Python client of generation 4."""

import costs
from langfuse import get_client


def test_usage_is_priced_and_the_client_reads_the_cost():
    client = get_client()
    row = costs.priced(client)
    read = client.api.observations.get_many(trace_id=row["traceId"], fields="core,basic,usage,model")
    assert [(one.name, one.total_cost, one.input_price) for one in read.data] == [("priced", 0.00512, "0.0000025")]


def test_a_call_without_usage_is_counted():
    costs.counted(get_client())


def test_a_model_of_ones_own_prices_what_comes_after_it():
    costs.of_a_model_of_ones_own(get_client())
