"""A model provider for the suites of frameworks: OpenAI's API on a loopback port, whose answers follow a script.

Chat completions, responses (both streamed or whole) and embeddings. What it answers depends on the request alone: the first
tool that is offered is called, the weather that it tells is answered with a sentence, a schema is filled in, and a model whose
name ends in `unknown` does not exist. Ids are digests of the request, so that a run sends what the run before it sent.

`python3 fake_openai.py PORT` serves until it is interrupted.
"""

import base64
import hashlib
import json
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SENTENCE = "It is sunny in 東京: take good shoes, no umbrella ☂."
# What the tool of the suites returns; frameworks hand it back under several roles.
WEATHER = "sunny in 東京"
ARGUMENTS = {"get_weather": {"city": "東京"}, "final_answer": {"answer": SENTENCE}}
SNAPSHOTS = {"gpt-4o-mini": "gpt-4o-mini-2024-07-18", "gpt-5-mini": "gpt-5-mini-2025-08-07"}
CREATED = 1_780_000_000
EMBEDDING = (0.25, -0.5, 0.125, 1.0)

# Tokens of a question and of what follows a tool's result: (prompt, of which cached, completion).
FIRST_TOKENS, LATER_TOKENS = (120, 64, 45), (180, 128, 24)
REASONING_TOKENS = 16


class Refusal(Exception):
    """An error in OpenAI's shape."""

    def __init__(self, status, message, code):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


class Answer:
    """What the script says to a request, before it takes the shape of either API."""

    def __init__(self, request, messages, tools, schema):
        """Takes the names of the offered tools with their schemas, and the schema of the answer if it must have one."""
        model = request.get("model", "")
        if model.endswith("unknown"):
            raise Refusal(
                404, f"The model `{model}` does not exist or you do not have access to it.", "model_not_found"
            )
        self.model = SNAPSHOTS.get(model, model)
        self.id = hashlib.sha256(json.dumps([model, messages], sort_keys=True).encode()).hexdigest()[:24]
        after_tool = WEATHER in json.dumps(messages, ensure_ascii=False)
        final = "final_answer" in tools
        self.tool = None
        if tools and not after_tool:
            self.tool = next(iter(tools))
        elif final:
            self.tool = "final_answer"
        self.text = None if self.tool else json.dumps(_filled(schema), ensure_ascii=False) if schema else SENTENCE
        arguments = ARGUMENTS.get(self.tool) or _filled(tools.get(self.tool) or {"type": "object"})
        self.arguments = json.dumps(arguments, ensure_ascii=False)
        self.prompt_tokens, self.cached_tokens, self.completion_tokens = LATER_TOKENS if after_tool else FIRST_TOKENS
        self.reasoning_tokens = REASONING_TOKENS if model.startswith(("gpt-5", "o")) else 0

    @property
    def total_tokens(self):
        return self.prompt_tokens + self.completion_tokens

    def pieces(self):
        """Returns the text in two pieces, as a stream has it."""
        middle = len(self.text) // 2
        return self.text[:middle], self.text[middle:]


def _filled(schema):
    """Returns a value that fits a JSON schema of the simple kind that frameworks send."""
    match schema.get("type"):
        case "object":
            return {name: _filled(member) for name, member in schema.get("properties", {}).items()}
        case "array":
            return [_filled(schema.get("items", {}))]
        case "integer" | "number":
            return 21
        case "boolean":
            return True
        case _:
            return schema.get("enum", ["東京"])[0]


# Chat completions.


def chat_answer(request):
    functions = [tool["function"] for tool in request.get("tools") or []]
    tools = {function["name"]: function.get("parameters") for function in functions}
    schema = (request.get("response_format") or {}).get("json_schema", {}).get("schema")
    return Answer(request, request["messages"], tools, schema)


def chat_usage(answer):
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.total_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": answer.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _chat_envelope(answer, kind):
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": kind,
        "created": CREATED,
        "model": answer.model,
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    }


def _chat_tool_call(answer):
    call = {"name": answer.tool, "arguments": answer.arguments}
    return {"id": f"call_{answer.id}", "type": "function", "function": call}


def chat_whole(answer):
    message = {"role": "assistant", "content": answer.text, "refusal": None, "annotations": []}
    if answer.tool:
        message["tool_calls"] = [_chat_tool_call(answer)]
    reason = "tool_calls" if answer.tool else "stop"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return _chat_envelope(answer, "chat.completion") | {"choices": [choice], "usage": chat_usage(answer)}


def chat_stream(request, answer):
    """Returns the chunks of a stream, with the usage in the last one when it was asked for."""
    envelope = _chat_envelope(answer, "chat.completion.chunk")
    if answer.tool:
        deltas = [{"role": "assistant", "content": None, "tool_calls": [{"index": 0} | _chat_tool_call(answer)]}]
    else:
        deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in answer.pieces())]
    reason = "tool_calls" if answer.tool else "stop"
    choices = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "logprobs": None, "finish_reason": reason})
    chunks = [envelope | {"choices": [choice]} for choice in choices]
    if (request.get("stream_options") or {}).get("include_usage"):
        chunks.append(envelope | {"choices": [], "usage": chat_usage(answer)})
    return [(None, chunk) for chunk in chunks] + [(None, "[DONE]")]


# Responses.


def responses_answer(request):
    asked = request.get("input")
    messages = asked if isinstance(asked, list) else [{"role": "user", "content": asked}]
    functions = [tool for tool in request.get("tools") or [] if tool.get("type") == "function"]
    tools = {function["name"]: function.get("parameters") for function in functions}
    schema = ((request.get("text") or {}).get("format") or {}).get("schema")
    return Answer(request, messages, tools, schema)


def _output_item(answer):
    if answer.tool:
        return {
            "id": f"fc_{answer.id}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{answer.id}",
            "name": answer.tool,
            "arguments": answer.arguments,
        }
    content = [{"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}]
    return {
        "id": f"msg_{answer.id}",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": content,
    }


def responses_whole(request, answer, status="completed"):
    done = status == "completed"
    return {
        "id": f"resp_{answer.id}",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "max_output_tokens": request.get("max_output_tokens"),
        "model": answer.model,
        "output": [_output_item(answer)] if done else [],
        "parallel_tool_calls": True,
        "previous_response_id": request.get("previous_response_id"),
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": True,
        "temperature": request.get("temperature", 1.0),
        "text": request.get("text") or {"format": {"type": "text"}},
        "tool_choice": request.get("tool_choice", "auto"),
        "tools": request.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _responses_usage(answer) if done else None,
        "user": None,
        "metadata": {},
    }


def _responses_usage(answer):
    return {
        "input_tokens": answer.prompt_tokens,
        "input_tokens_details": {"cached_tokens": answer.cached_tokens},
        "output_tokens": answer.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
        "total_tokens": answer.total_tokens,
    }


def responses_stream(request, answer):
    """Returns the events of a stream."""
    item = _output_item(answer)
    place = {"item_id": item["id"], "output_index": 0}
    events = [
        {"type": "response.created", "response": responses_whole(request, answer, "in_progress")},
        {"type": "response.in_progress", "response": responses_whole(request, answer, "in_progress")},
    ]
    if answer.tool:
        opened = item | {"arguments": "", "status": "in_progress"}
        events.append({"type": "response.output_item.added", "output_index": 0, "item": opened})
        delta = {"type": "response.function_call_arguments.delta", "delta": answer.arguments}
        events.append(delta | place)
        done = {"type": "response.function_call_arguments.done", "name": answer.tool, "arguments": answer.arguments}
        events.append(done | place)
    else:
        place |= {"content_index": 0}
        part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        opened = item | {"content": [], "status": "in_progress"}
        events.append({"type": "response.output_item.added", "output_index": 0, "item": opened})
        events.append({"type": "response.content_part.added", "part": part} | place)
        for piece in answer.pieces():
            events.append({"type": "response.output_text.delta", "delta": piece, "logprobs": []} | place)
        events.append({"type": "response.output_text.done", "text": answer.text, "logprobs": []} | place)
        events.append({"type": "response.content_part.done", "part": item["content"][0]} | place)
    events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": "response.completed", "response": responses_whole(request, answer)})
    return [(event["type"], event | {"sequence_number": number}) for number, event in enumerate(events)]


# Embeddings.


def embeddings(request):
    asked = request["input"]
    # A text, a list of texts, a list of tokens or a list of such lists.
    count = len(asked) if isinstance(asked, list) and asked and not isinstance(asked[0], int) else 1
    vector = list(EMBEDDING)
    if request.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack(f"<{len(EMBEDDING)}f", *EMBEDDING)).decode()
    data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(count)]
    usage = {"prompt_tokens": 9 * count, "total_tokens": 9 * count}
    return {"object": "list", "data": data, "model": request["model"], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    """One request; everything is answered by the functions above."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            match self.path.partition("?")[0].removeprefix("/v1"):
                case "/chat/completions":
                    answer = chat_answer(request)
                    stream, whole = lambda: chat_stream(request, answer), lambda: chat_whole(answer)
                    self._either(request, stream, whole)
                case "/responses":
                    answer = responses_answer(request)
                    stream, whole = lambda: responses_stream(request, answer), lambda: responses_whole(request, answer)
                    self._either(request, stream, whole)
                case "/embeddings":
                    self._json(200, embeddings(request))
                case unknown:
                    raise Refusal(404, f"Unknown request URL: POST {unknown}", "unknown_url")
        except Refusal as refusal:
            self._json(refusal.status, refusal.body)

    def _either(self, request, stream, whole):
        if request.get("stream"):
            self._events(stream())
        else:
            self._json(200, whole())

    def _json(self, status, body):
        self._send(status, "application/json", json.dumps(body, ensure_ascii=False))

    def _events(self, events):
        lines = []
        for name, data in events:
            text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
            lines.append((f"event: {name}\n" if name else "") + f"data: {text}\n\n")
        self._send(200, "text/event-stream", "".join(lines))

    def _send(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-request-id", "req_0123456789")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: the suites' own output tells what happened."""


class FakeOpenAi:
    """The server on a thread of its own, on a free port of the loopback."""

    def __init__(self, port=0):
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def start(self):
        """Begins to answer."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        """Closes the port."""
        self._server.server_close()

    def environment(self):
        """Returns what a user sets to reach another provider of the same API."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_BASE": self.url, "OPENAI_API_KEY": "sk-fake-0123456789"}


if __name__ == "__main__":
    fake = FakeOpenAi(int(sys.argv[1]))
    fake.start()
    print(fake.url, flush=True)
    threading.Event().wait()
