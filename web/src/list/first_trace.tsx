import { CopyButton } from "../frame/copy_button.tsx";
import { Notice } from "../frame/notice.tsx";

/** Shows how to send the first trace to this very address; the page keeps looking for it. */
export function FirstTrace() {
  const origin = location.origin;
  return (
    <Notice title="Waiting for the first trace">
      <p>
        Point any Langfuse SDK or OpenTelemetry exporter at this server. The keys are printed when the server starts for
        the first time; <code>spanstone keys create</code> makes new ones.
      </p>
      <Snippet title="Langfuse SDKs, of every version" text={langfuseBlock(origin)} />
      <Snippet title="OpenTelemetry" text={otelBlock(origin)} />
      <p>
        Or see what it looks like first: <code>spanstone demo --url {origin}</code> sends a few traces of an agent.
      </p>
      <p class="hint waiting">
        <span class="live-dot" /> This page shows the trace as soon as it arrives.
      </p>
    </Notice>
  );
}

function Snippet({ title, text }: { title: string; text: string }) {
  return (
    <figure class="snippet">
      <figcaption>
        {title}
        <CopyButton text={() => text} label="Copy" />
      </figcaption>
      <pre>{text}</pre>
    </figure>
  );
}

// Three spellings of the address: each generation of the SDKs reads another one.
function langfuseBlock(origin: string): string {
  return [
    "LANGFUSE_PUBLIC_KEY=pk-lf-…",
    "LANGFUSE_SECRET_KEY=sk-lf-…",
    `LANGFUSE_BASE_URL=${origin}`,
    `LANGFUSE_BASEURL=${origin}`,
    `LANGFUSE_HOST=${origin}`,
  ].join("\n");
}

function otelBlock(origin: string): string {
  return [
    `OTEL_EXPORTER_OTLP_ENDPOINT=${origin}/api/public/otel`,
    "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    'OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic $(printf %s pk-lf-…:sk-lf-… | base64 -w0)"',
  ].join("\n");
}
