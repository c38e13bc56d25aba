"""LangChain with Langfuse's callback handler and a fake chat model: a chain of prompt, model and tool comes back as a tree."""

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langfuse import Langfuse
from langfuse.langchain import CallbackHandler

import story
from connection import publish
from facts import by_name, contains

CLIENT = "langchain"
USER = "user-langchain"
SESSION = "session-langchain"


class FakeChat(GenericFakeChatModel):
    """Answers from a list, and names a model as the real chat models do."""

    model_name: str = story.MODEL
    temperature: float = 0.2

    @property
    def _identifying_params(self):
        return {"model_name": self.model_name, "temperature": self.temperature}


@tool
def get_weather(city: str) -> str:
    """Tells the weather."""
    return f"sunny in {city}"


def refuse(_):
    raise ValueError(story.ERROR_MESSAGE)


@pytest.fixture(scope="module")
def langfuse():
    client = Langfuse(environment=story.ENVIRONMENT, release=story.RELEASE)
    yield client
    client.shutdown()


@pytest.fixture(scope="module")
def trace(langfuse):
    handler = CallbackHandler()
    reply = AIMessage(content="東京", usage_metadata={"input_tokens": 12, "output_tokens": 5, "total_tokens": 17})
    prompt = ChatPromptTemplate.from_messages([("system", "You are a {role}."), ("user", "{question}")])
    chain = (
        prompt
        | FakeChat(messages=iter([reply]))
        | RunnableLambda(lambda message: get_weather.invoke({"city": message.content}))
    )
    answer = chain.with_config(run_name=story.TRACE_NAME).invoke(
        {"role": "travel agent", "question": "Where is it sunny? ☔"},
        config={
            "callbacks": [handler],
            "metadata": {
                "langfuse_user_id": USER,
                "langfuse_session_id": SESSION,
                "langfuse_tags": ["langchain", "weather"],
                "plan": "premium",
            },
        },
    )
    assert answer == "sunny in 東京"
    langfuse.create_score(trace_id=handler.last_trace_id, name="helpfulness", value=0.75, data_type="NUMERIC")
    langfuse.flush()
    return langfuse.api.trace.get(handler.last_trace_id)


def test_trace_comes_back_field_by_field(trace):
    assert {
        "name": trace.name,
        "user_id": trace.user_id,
        "session_id": trace.session_id,
        "environment": trace.environment,
        "release": trace.release,
        "tags": sorted(trace.tags),
        "input": trace.input,
        "output": trace.output,
    } == {
        "name": story.TRACE_NAME,
        "user_id": USER,
        "session_id": SESSION,
        "environment": story.ENVIRONMENT,
        "release": story.RELEASE,
        "tags": ["langchain", "weather"],
        "input": {"role": "travel agent", "question": "Where is it sunny? ☔"},
        "output": "sunny in 東京",
    }
    assert [(score.name, score.value) for score in trace.scores] == [("helpfulness", 0.75)]


def test_every_step_hangs_under_its_caller(trace):
    views = by_name(trace.observations)
    parents = {
        name: next((other.name for other in views.values() if other.id == view.parent_observation_id), None)
        for name, view in views.items()
    }
    assert parents == {
        story.TRACE_NAME: None,
        "ChatPromptTemplate": story.TRACE_NAME,
        "FakeChat": story.TRACE_NAME,
        "RunnableLambda": story.TRACE_NAME,
        "get_weather": "RunnableLambda",
    }
    assert {name: view.type for name, view in views.items()} == {
        story.TRACE_NAME: "CHAIN",
        "ChatPromptTemplate": "CHAIN",
        "FakeChat": "GENERATION",
        "RunnableLambda": "CHAIN",
        "get_weather": "TOOL",
    }


def test_generation_comes_back_field_by_field(trace):
    generation = by_name(trace.observations)["FakeChat"]
    assert generation.input == [
        {"role": "system", "content": "You are a travel agent."},
        {"role": "user", "content": "Where is it sunny? ☔"},
    ]
    assert generation.output == {"role": "assistant", "content": "東京"}
    assert generation.usage_details == {"input": 12, "output": 5, "total": 17}
    assert generation.model == story.MODEL
    assert contains(generation.metadata, {"plan": "premium"})


def test_tool_comes_back_field_by_field(trace):
    tool_call = by_name(trace.observations)["get_weather"]
    assert (tool_call.input, tool_call.output) == ({"city": "東京"}, "sunny in 東京")


def test_exception_in_a_chain_arrives_as_an_error(langfuse):
    handler = CallbackHandler()
    with pytest.raises(ValueError, match=story.ERROR_MESSAGE):
        RunnableLambda(refuse).with_config(run_name="book-flight").invoke(1, config={"callbacks": [handler]})
    langfuse.flush()
    (failed,) = langfuse.api.trace.get(handler.last_trace_id).observations
    assert (failed.name, failed.level, failed.status_message) == ("book-flight", "ERROR", story.ERROR_MESSAGE)


def test_published_for_the_other_readers(trace):
    publish(CLIENT, trace.id)
