"""Google's Agent Development Kit on a model of our own, with messages in its spans, exported by OpenTelemetry."""

import asyncio
import json
import os

# The kit reads these when it is imported.
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_AND_EVENT"

from google.adk.agents import LlmAgent  # noqa: E402
from google.adk.models import BaseLlm, LlmResponse  # noqa: E402
from google.adk.runners import InMemoryRunner  # noqa: E402
from google.genai import types  # noqa: E402
from opentelemetry import trace  # noqa: E402

import golden  # noqa: E402
from connection import publish  # noqa: E402
from frameworks import otlp, task  # noqa: E402

MODEL = "gemini-2.5-flash"
USAGE = types.GenerateContentResponseUsageMetadata(
    prompt_token_count=120,
    cached_content_token_count=64,
    candidates_token_count=45,
    thoughts_token_count=16,
    total_token_count=181,
)


class ScriptedModel(BaseLlm):
    """Calls the tool, and answers once it knows the weather."""

    async def generate_content_async(self, llm_request, stream=False):
        said = json.dumps([content.model_dump(mode="json") for content in llm_request.contents], ensure_ascii=False)
        if "sunny in" in said:
            part = types.Part(text=task.SENTENCE)
        else:
            call = types.FunctionCall(name="get_weather", args={"city": "東京"}, id="call_1")
            part = types.Part(function_call=call)
        yield LlmResponse(
            content=types.Content(role="model", parts=[part]),
            usage_metadata=USAGE,
            finish_reason=types.FinishReason.STOP,
            model_version=MODEL,
        )


async def ask():
    settings = types.GenerateContentConfig(temperature=0.2, max_output_tokens=256)
    agent = LlmAgent(
        name="travel_agent",
        model=ScriptedModel(model=MODEL),
        instruction=task.INSTRUCTIONS,
        tools=[task.get_weather],
        generate_content_config=settings,
    )
    runner = InMemoryRunner(agent=agent, app_name="travel")
    await runner.session_service.create_session(app_name="travel", user_id="user-adk", session_id="session-adk")
    question = types.Content(role="user", parts=[types.Part(text=task.QUESTION)])
    events = [
        event async for event in runner.run_async(user_id="user-adk", session_id="session-adk", new_message=question)
    ]
    assert events[-1].content.parts[0].text == task.SENTENCE


def test_agent_with_a_tool():
    tracers, roots = otlp.provider()
    trace.set_tracer_provider(tracers)
    asyncio.run(ask())
    tracers.force_flush()
    golden.check("google-adk", roots.trace_ids[-1])
    publish("google-adk", roots.trace_ids[-1])
