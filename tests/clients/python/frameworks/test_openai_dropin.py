"""`langfuse.openai`, the drop-in for OpenAI's client: chat, streams, tools, a schema, responses, embeddings and a refusal."""

import pytest
import task
from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI
from openai import NotFoundError
from pydantic import BaseModel

import golden
from connection import publish

USER, SESSION = "user-openai", "session-openai"


class Weather(BaseModel):
    city: str
    degrees: int


@observe(name="every-call")
def every_call(question):
    client = OpenAI()
    client.chat.completions.create(
        name="chat",
        model=task.MODEL,
        messages=task.CHAT,
        temperature=0.2,
        max_completion_tokens=256,
        metadata={"step": "1"},
    )
    stream = client.chat.completions.create(
        name="chat-streamed",
        model=task.REASONING_MODEL,
        messages=task.CHAT,
        stream=True,
        stream_options={"include_usage": True},
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == task.SENTENCE
    client.chat.completions.create(name="chat-tool", model=task.MODEL, messages=task.CHAT, tools=[task.WEATHER_TOOL])
    parsed = client.chat.completions.parse(
        name="chat-schema", model=task.MODEL, messages=task.CHAT, response_format=Weather
    )
    assert parsed.choices[0].message.parsed == Weather(city="東京", degrees=21)
    client.responses.create(
        name="response", model=task.REASONING_MODEL, instructions=task.INSTRUCTIONS, input=task.QUESTION
    )
    for _ in client.responses.create(name="response-streamed", model=task.MODEL, input=task.QUESTION, stream=True):
        pass
    client.embeddings.create(name="embedding", model="text-embedding-3-small", input=[task.QUESTION])
    with pytest.raises(NotFoundError):
        client.chat.completions.create(name="refused", model=task.MISSING_MODEL, messages=task.CHAT)
    return task.SENTENCE


def test_every_call_arrives_as_its_user_expects():
    with propagate_attributes(user_id=USER, session_id=SESSION, tags=["openai", "weather"]):
        trace_id = get_client().create_trace_id()
        every_call(task.QUESTION, langfuse_trace_id=trace_id)
    get_client().flush()
    golden.check("openai-python", trace_id)
    publish("openai-python", trace_id)
