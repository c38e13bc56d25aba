"""LlamaIndex with OpenInference's instrumentor: a query over documents, and an agent with a tool."""

import asyncio

import pytest
from llama_index.core import Document, MockEmbedding, Settings, VectorStoreIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

import golden
from connection import publish
from frameworks import otlp, task

CONTEXT = {"user_id": "user-llama-index", "session_id": "session-llama-index", "tags": ["llama-index"]}


@pytest.fixture(scope="module")
def exported():
    tracers, roots = otlp.provider()
    LlamaIndexInstrumentor().instrument(tracer_provider=tracers)
    yield tracers, roots
    LlamaIndexInstrumentor().uninstrument()
    tracers.shutdown()


@pytest.fixture(scope="module")
def llm():
    return OpenAI(model=task.MODEL, temperature=0.2)


def check(name, exported):
    tracers, roots = exported
    tracers.force_flush()
    golden.check(name, roots.trace_ids[-1])
    publish(name, roots.trace_ids[-1])


def test_query_over_documents(exported, llm):
    Settings.embed_model = MockEmbedding(embed_dim=4)
    index = VectorStoreIndex.from_documents([Document(text=task.SENTENCE, doc_id="guide", metadata={"page": 7})])
    with using_attributes(**CONTEXT):
        assert str(index.as_query_engine(llm=llm).query(task.QUESTION)) == task.SENTENCE
    check("llama-index-query", exported)


def test_agent_with_a_tool(exported, llm):
    agent = FunctionAgent(
        tools=[FunctionTool.from_defaults(task.get_weather)], llm=llm, system_prompt=task.INSTRUCTIONS, streaming=False
    )

    async def ask():
        return await agent.run(task.QUESTION)

    with using_attributes(**CONTEXT):
        assert str(asyncio.run(ask())) == task.SENTENCE
    check("llama-index-agent", exported)
