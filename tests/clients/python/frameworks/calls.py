"""What the instrumentors of OpenAI's client and of LangChain are given to watch, whoever made them."""

import pytest
import task
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import NotFoundError, OpenAI


def every_call_of_openai():
    """Calls OpenAI's client in every way: chat, a tool, a stream, a response, an embedding and a refusal."""
    client = OpenAI()
    client.chat.completions.create(model=task.MODEL, messages=task.CHAT, temperature=0.2, max_completion_tokens=256)
    client.chat.completions.create(model=task.MODEL, messages=task.CHAT, tools=[task.WEATHER_TOOL])
    stream = client.chat.completions.create(
        model=task.REASONING_MODEL, messages=task.CHAT, stream=True, stream_options={"include_usage": True}
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == task.SENTENCE
    client.responses.create(model=task.REASONING_MODEL, instructions=task.INSTRUCTIONS, input=task.QUESTION)
    client.embeddings.create(model="text-embedding-3-small", input=[task.QUESTION])
    with pytest.raises(NotFoundError):
        client.chat.completions.create(model=task.MISSING_MODEL, messages=task.CHAT)


def agent_of_langchain(**config):
    """Asks LangChain's agent with a tool, and returns its answer."""
    model = ChatOpenAI(model=task.MODEL, temperature=0.2)
    agent = create_agent(model, tools=[tool(task.get_weather)], system_prompt=task.INSTRUCTIONS)
    answer = agent.invoke({"messages": [("user", task.QUESTION)]}, config={"run_name": "travel-agent"} | config)
    return answer["messages"][-1].content
