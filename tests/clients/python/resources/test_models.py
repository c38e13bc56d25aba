"""Models of one's own: what they cost is what generations cost that name them, through the generated API of each generation."""

import datetime as dt

import pytest

from writer import API, CLIENT, NAME, NUMBER, create

INPUT, OUTPUT, CACHED = 0.0000025, 0.00001, 0.00000125
# The third generation cannot parse conditions on parameters, which some built-in models have.
FEW = 20
FLAT, TIERED = f"{NAME}-flat", f"{NAME}-tiered"
TIERS = [
    {
        "name": "Standard",
        "is_default": True,
        "priority": 0,
        "conditions": [],
        "prices": {"input": INPUT, "output": OUTPUT, "input_cached_tokens": CACHED},
    },
    {
        "name": "Long",
        "is_default": False,
        "priority": 1,
        "conditions": [
            {"usage_detail_pattern": "^input", "operator": "gt", "value": 1000, "case_sensitive": False},
        ],
        "prices": {"input": 2 * INPUT, "output": 2 * OUTPUT, "input_cached_tokens": CACHED},
    },
]
needs_tiers = pytest.mark.skipif(NUMBER == 2, reason="the second generation knows no pricing tiers")
needs_upsert = pytest.mark.skipif(NUMBER < 4, reason="older generations cannot replace a model")


def model(**fields):
    return create("models", "CreateModelRequest", **fields)


@pytest.fixture(scope="module")
def flat():
    return model(
        model_name=FLAT,
        match_pattern=f"(?i)^{FLAT}$",
        unit="TOKENS",
        input_price=INPUT,
        output_price=OUTPUT,
        start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )


@pytest.fixture(scope="module")
def tiered():
    return model(model_name=TIERED, match_pattern=f"(?i)^{TIERED}$", unit="TOKENS", pricing_tiers=TIERS)


def generated(name, usage):
    """Writes a generation of the model with this usage and returns how the API shows it."""
    if NUMBER == 2:
        generation = CLIENT.generation(name="priced", model=name, usage_details=usage)
        generation_id = generation.id
    else:
        with CLIENT.start_as_current_observation(as_type="generation", name="priced", model=name) as generation:
            generation.update(usage_details=usage)
        generation_id, trace_id = generation.id, generation.trace_id
    CLIENT.flush()
    if NUMBER == 2:
        return API.observations.get(generation_id)
    if NUMBER == 3:
        return API.observations.get(generation_id)
    if NUMBER == 4:
        return API.legacy.observations_v1.get(generation_id)
    (read,) = API.observations.get_many(trace_id=trace_id, fields="core,model,usage").data
    return read


def test_a_model_with_flat_prices_comes_back_as_it_was_written(flat):
    read = API.models.get(flat.id)
    assert (read.model_name, read.match_pattern) == (FLAT, f"(?i)^{FLAT}$")
    assert (read.input_price, read.output_price, read.total_price) == (INPUT, OUTPUT, None)
    assert (getattr(read.unit, "value", read.unit), read.is_langfuse_managed) == ("TOKENS", False)
    if NUMBER > 2:
        (tier,) = read.pricing_tiers
        assert (tier.name, tier.is_default, tier.priority) == ("Standard", True, 0)
        assert tier.prices == {"input": INPUT, "output": OUTPUT}


def test_a_generation_costs_what_its_model_says(flat):
    read = generated(FLAT.upper(), {"input": 1200, "output": 30})
    assert read.cost_details == pytest.approx({"input": 0.003, "output": 0.0003, "total": 0.0033}, rel=1e-12)
    assert read.model_id == flat.id


def test_what_has_no_price_has_no_cost():
    assert generated(f"{NAME}-unheard-of", {"input": 1200, "output": 30}).cost_details == {}


@needs_tiers
def test_a_model_with_tiers_comes_back_as_it_was_written(tiered):
    read = API.models.get(tiered.id)
    standard, long = sorted(read.pricing_tiers, key=lambda tier: tier.priority)
    assert (standard.name, standard.is_default, standard.conditions) == ("Standard", True, [])
    assert (long.name, long.is_default, len(long.conditions)) == ("Long", False, 1)
    assert long.prices == TIERS[1]["prices"]
    assert (read.input_price, read.output_price) == (INPUT, OUTPUT)


@needs_tiers
def test_the_tier_whose_condition_holds_is_charged(tiered):
    short = generated(TIERED, {"input": 1000, "output": 10})
    assert short.cost_details == pytest.approx({"input": 0.0025, "output": 0.0001, "total": 0.0026}, rel=1e-12)
    long = generated(TIERED, {"input": 1000, "input_cached_tokens": 100, "output": 10})
    assert long.cost_details == pytest.approx(
        {"input": 0.005, "input_cached_tokens": 0.000125, "output": 0.0002, "total": 0.005325}, rel=1e-12
    )


def test_a_name_is_taken_once(flat):
    with pytest.raises(Exception) as refusal:
        model(model_name=FLAT, match_pattern="^x$", unit="TOKENS", input_price=INPUT)
    assert refusal.value.status_code == 400, refusal.value


def test_a_deleted_model_is_gone_and_a_built_in_one_stays():
    gone = model(model_name=f"{NAME}-gone", match_pattern="^never-used$", unit="TOKENS", total_price=INPUT)
    API.models.delete(gone.id)
    built_in = next(one for one in API.models.list(limit=FEW).data if one.is_langfuse_managed)
    for refused, read in ((gone.id, API.models.get), (built_in.id, API.models.delete)):
        with pytest.raises(Exception) as refusal:
            read(refused)
        assert refusal.value.status_code == 404, refusal.value
    assert API.models.get(built_in.id).model_name == built_in.model_name


@needs_upsert
def test_a_model_is_replaced_under_its_id():
    model_id = f"{NAME}-replaced"
    about = {"model_name": model_id, "match_pattern": f"^{model_id}$", "unit": "TOKENS"}
    for price in (INPUT, OUTPUT):
        API.models.upsert(model_id, input_price=price, **about)
        read = API.models.get(model_id)
        assert (read.id, read.model_name, read.input_price) == (model_id, model_id, price)
