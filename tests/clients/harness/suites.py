"""The suites: which client each one is, how it is run, and what came out of it."""

import json
import os
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from .environments import CLIENTS, TEST_ENV, pinned_version, python_of

SUITE_SECONDS = 300

# What a suite is there for: to write as a client's users do, to write what stands beside traces, to read what all have written,
# or to ask the questions about all of it.
WRITER, RESOURCES, READER, ASKER = "writer", "resources", "reader", "asker"


@dataclass(frozen=True)
class Suite:
    """One run of one client: its environment, its test files, and the package whose version the report names."""

    client: str
    language: str
    environment: str
    files: tuple
    package: str
    role: str = WRITER

    @property
    def variables(self):
        """Returns the environment variables of this suite alone."""
        if self.language == "python":
            # Nobody can tell LiteLLM to flush: no waiting for the exporter's five seconds.
            return {"SPANSTONE_SUITE": self.client, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        # JavaScript's exporter does not wait for a batch that it is just sending when it is told to flush, so it sends none by itself.
        return {"SPANSTONE_SUITE": self.client}

    @property
    def is_long(self):
        """Tells whether the suite takes several times as long as most."""
        return self.role == ASKER or self.environment.startswith("litellm")

    @property
    def version(self):
        """Returns the pinned version of the client."""
        if self.language == "python":
            return pinned_version(CLIENTS / "python" / self.environment / "requirements.txt", self.package)
        lock = json.loads((CLIENTS / "node" / self.environment / "package-lock.json").read_text())
        return lock["packages"][f"node_modules/{self.package}"]["version"]

    def command(self, results):
        """Returns the command that runs the suite and writes its JUnit results."""
        if self.language == "python":
            return [python_of(self.environment), "-m", "pytest", f"--junitxml={results}", *self.files]
        reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout"]
        reporters += ["--test-reporter=junit", f"--test-reporter-destination={results}"]
        return ["node", "--test", *reporters, *self.files]


def python_suite(client, environment, package, *files, role=WRITER):
    """Returns a suite that pytest runs."""
    return Suite(client, "python", environment, files, package, role)


def node_suite(client, environment, package, *files, role=WRITER):
    """Returns a suite that Node's own test runner runs."""
    return Suite(client, "node", environment, files, package, role)


# Generation of Langfuse's clients → language, environment and package.
GENERATIONS = {
    "Python 2": ("python", "langfuse2", "langfuse"),
    "Python 3": ("python", "langfuse3", "langfuse"),
    "Python 4": ("python", "langfuse4", "langfuse"),
    "Python 5": ("python", "langfuse5", "langfuse"),
    "JavaScript 3": ("node", "langfuse3", "langfuse"),
    "JavaScript 4": ("node", "langfuse4", "@langfuse/client"),
    "JavaScript 5": ("node", "langfuse5", "@langfuse/client"),
}


def every_generation(title, role, python_folder, node_file):
    """Returns one suite per generation: a folder that all Python generations share, and a file of each JavaScript one."""

    def files(language, environment):
        return (python_folder,) if language == "python" else (f"{environment}/{node_file}",)

    return [
        Suite(f"{title} {generation}", language, environment, files(language, environment), package, role)
        for generation, (language, environment, package) in GENERATIONS.items()
    ]


def framework_suites(*named):
    """Returns the suites of the frameworks that share one environment, each in a process of its own: they patch their libraries."""
    return [
        python_suite(client, "frameworks", package, f"frameworks/test_{file}.py") for client, package, file in named
    ]


WRITERS = (
    python_suite("langfuse (Python, 2)", "langfuse2", "langfuse", "langfuse2"),
    python_suite("langfuse (Python, 3)", "langfuse3", "langfuse", "langfuse3"),
    python_suite("langfuse (Python, 4)", "langfuse4", "langfuse", "langfuse4", "since_fourth"),
    python_suite("langfuse (Python, 5)", "langfuse5", "langfuse", "langfuse5", "since_fourth"),
    node_suite(
        "langfuse (JavaScript, 3)", "langfuse3", "langfuse", "langfuse3/langfuse3.test.mjs", "langfuse3/media.test.mjs"
    ),
    node_suite(
        "@langfuse/* (JavaScript, 4)",
        "langfuse4",
        "@langfuse/client",
        "langfuse4/langfuse4.test.mjs",
        "langfuse4/media.test.mjs",
    ),
    node_suite(
        "@langfuse/* (JavaScript, 5)",
        "langfuse5",
        "@langfuse/client",
        "langfuse5/langfuse5.test.mjs",
        "langfuse5/media.test.mjs",
    ),
    *every_generation("beside traces:", RESOURCES, "resources", "resources.test.mjs"),
    python_suite("LiteLLM langfuse, old SDK", "litellm_old", "litellm", "litellm_old"),
    python_suite("LiteLLM langfuse, new", "litellm_new", "litellm", "litellm_new/test_litellm_langfuse.py"),
    python_suite("LiteLLM langfuse_otel", "litellm_new", "litellm", "litellm_new/test_litellm_otel.py"),
    python_suite("LangChain callback", "langchain", "langchain-core", "langchain"),
    python_suite("OpenTelemetry (Python)", "otel", "opentelemetry-sdk", "otel/test_otel.py"),
    node_suite("OpenTelemetry (JavaScript)", "otel", "@opentelemetry/exporter-trace-otlp-http", "otel/otel.test.mjs"),
    *framework_suites(
        ("OpenAI drop-in (Python)", "openai", "openai_dropin"),
        ("LangChain agent, callback", "langchain", "langchain_agent"),
        ("Pydantic AI", "pydantic-ai-slim", "pydantic_ai"),
        ("Logfire", "logfire", "logfire"),
        ("OpenAI Agents SDK, OpenInference", "openai-agents", "openai_agents"),
        ("smolagents, OpenInference", "smolagents", "smolagents"),
        ("OpenAI and LangChain, OpenInference", "openinference-instrumentation", "openinference"),
        ("OpenAI and LangChain, OpenLLMetry", "opentelemetry-instrumentation-openai", "openllmetry"),
    ),
    python_suite("LlamaIndex, OpenInference", "llamaindex", "llama-index-core", "llamaindex"),
    python_suite("Google ADK", "adk", "google-adk", "adk"),
    python_suite("MLflow", "mlflow", "mlflow-tracing", "mlflow"),
    python_suite("OpenTelemetry Collector's shapes", "otel", "opentelemetry-proto", "otel/test_collector.py"),
    node_suite("OpenAI drop-in (JavaScript)", "frameworks", "@langfuse/openai", "frameworks/openai.test.mjs"),
    node_suite("Vercel AI SDK 6", "frameworks", "ai", "frameworks/ai_sdk.test.mjs"),
    node_suite("Vercel AI SDK 7", "ai7", "ai", "ai7/ai_sdk7.test.mjs"),
)

READERS = (
    python_suite("MCP client (Python)", "agent", "mcp", "agent"),
    *every_generation("all traces read by", READER, "cross_read", "cross_read.test.mjs"),
    *every_generation("every question asked by", ASKER, "reads", "reads.test.mjs"),
)


def is_own_generation(client):
    """Tells whether a suite is the one in which a generation of Langfuse's own clients writes its story."""
    environments = {(language, environment) for language, environment, _ in GENERATIONS.values()}
    return any(
        suite.client == client and suite.role == WRITER and (suite.language, suite.environment) in environments
        for suite in WRITERS
    )


@dataclass
class Outcome:
    """What one suite did: the counts, the names of what failed, and where its output lies."""

    client: str
    version: str
    role: str = ""
    passed: int = 0
    failed: int = 0
    seconds: float = 0.0
    cases: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    log: str = ""

    @property
    def summary(self):
        """Returns the suite's one line."""
        counts = f"{self.passed} passed" + (f", {self.failed} failed" if self.failed else "")
        return f"{self.client} {self.version}: {counts} ({self.seconds:.1f} s)"


def client_environment(server, identity, manifests):
    """Returns the environment variables a user would set, with everything else of the kind removed."""
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(
            ("LANGFUSE_", "OTEL_", "LITELLM_", "OPENAI_", "LANGCHAIN_", "LANGSMITH_", "PYTEST_", "PYTHON", "NODE_")
        )
    }
    return (
        inherited
        | identity
        | {
            "LANGFUSE_HOST": server.url,
            "LANGFUSE_BASE_URL": server.url,
            "LANGFUSE_BASEURL": server.url,
            "LANGFUSE_PUBLIC_KEY": identity["LANGFUSE_INIT_PROJECT_PUBLIC_KEY"],
            "LANGFUSE_SECRET_KEY": identity["LANGFUSE_INIT_PROJECT_SECRET_KEY"],
            "SPANSTONE_GRPC": server.grpc_address,
            "SPANSTONE_MANIFESTS": str(manifests),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            # LiteLLM: no download of the price list.
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "PYTHONUTF8": "1",
        }
    )


def run(suite, environment, suffix=""):
    """Runs one suite to its end and returns its outcome; a suite that reports nothing counts as one failure."""
    logs = TEST_ENV / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    stem = "".join(letter if letter.isalnum() else "-" for letter in f"{suite.client} {suffix}".strip())
    log, results = logs / f"{stem}.txt", logs / f"{stem}.xml"
    results.unlink(missing_ok=True)
    outcome = Outcome(suite.client, suite.version, suite.role, log=str(log))
    began = time.monotonic()
    with log.open("wb") as output:
        try:
            status = subprocess.run(
                suite.command(results),
                cwd=CLIENTS / suite.language,
                env=environment | suite.variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=SUITE_SECONDS,
            ).returncode
        except subprocess.TimeoutExpired:
            status = f"no end after {SUITE_SECONDS} s"
    outcome.seconds = time.monotonic() - began
    _count(results, outcome)
    if outcome.failed == 0 and (status != 0 or outcome.passed == 0):
        outcome.failed = 1
        outcome.failures.append(f"the suite itself (status {status})")
    return outcome


def _count(results, outcome):
    if not results.is_file():
        return
    for case in ElementTree.parse(results).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        if case.find("failure") is None and case.find("error") is None:
            outcome.passed += 1
            outcome.cases.append(case.get("name"))
        else:
            outcome.failed += 1
            outcome.failures.append(case.get("name"))
