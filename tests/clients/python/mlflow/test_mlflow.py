"""MLflow's tracing of OpenAI's client and of functions, sent to an OTLP endpoint instead of MLflow's own server."""

import os

from connection import AUTHORIZATION, OTLP_TRACES, eventually, get, only, publish

# MLflow reads these when it makes its first span.
os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = OTLP_TRACES
os.environ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf"
os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = f"Authorization={AUTHORIZATION}"
os.environ["OTEL_SERVICE_NAME"] = "travel"
# There is no server of MLflow's own, and the package for tracing alone has no store in a file.
os.environ["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:9"

from openai import OpenAI  # noqa: E402

import golden  # noqa: E402
import mlflow  # noqa: E402
from frameworks import task  # noqa: E402


@mlflow.trace(span_type="TOOL")
def get_weather(city):
    return task.get_weather(city)


@mlflow.trace(name="mlflow-agent", span_type="AGENT")
def travel_agent(question):
    client = OpenAI()
    client.chat.completions.create(model=task.MODEL, messages=task.CHAT, temperature=0.2, tools=[task.WEATHER_TOOL])
    get_weather("東京")
    client.embeddings.create(model="text-embedding-3-small", input=[question])
    return client.chat.completions.create(model=task.MODEL, messages=task.CHAT).choices[0].message.content


def test_agent_with_calls_of_openai():
    mlflow.openai.autolog()
    assert travel_agent(task.QUESTION) == task.SENTENCE

    def arrived():
        trace = only(get("traces", name="mlflow-agent", fields="core")["data"])
        assert len(get(f"traces/{trace['id']}")["observations"]) == 5
        return trace["id"]

    trace_id = eventually(arrived)
    golden.check("mlflow", trace_id)
    publish("mlflow", trace_id)
