"""LangChain's agent (LangGraph below it) on OpenAI's client, with Langfuse's callback handler."""

import calls
import task
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langfuse import get_client
from langfuse.langchain import CallbackHandler

import golden
from connection import publish


class Guide(BaseRetriever):
    """Finds the one document there is, after asking for the question's embedding."""

    def _get_relevant_documents(self, query, *, run_manager):
        OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False).embed_query(query)
        return [Document(task.SENTENCE, id="guide", metadata={"page": 7})]


def config(handler, run_name):
    return {
        "callbacks": [handler],
        "run_name": run_name,
        "metadata": {
            "langfuse_user_id": "user-langchain-agent",
            "langfuse_session_id": "session-langchain-agent",
            "langfuse_tags": ["langchain", "agent"],
            "plan": "premium",
        },
    }


def test_agent_with_a_tool():
    handler = CallbackHandler()
    assert calls.agent_of_langchain(**config(handler, "travel-agent")) == task.SENTENCE
    get_client().flush()
    golden.check("langchain-agent", handler.last_trace_id)
    publish("langchain-agent", handler.last_trace_id)


def test_stream_and_retriever():
    handler = CallbackHandler()
    model = ChatOpenAI(model=task.REASONING_MODEL, stream_usage=True)
    chain = Guide() | (lambda documents: [("user", documents[0].page_content)]) | model
    answer = "".join(chunk.content for chunk in chain.stream(task.QUESTION, config=config(handler, "ask-the-guide")))
    assert answer == task.SENTENCE
    get_client().flush()
    golden.check("langchain-stream", handler.last_trace_id)
