//! A trip planned by two agents, as a plain OpenTelemetry program records it: `gen_ai.*` attributes of the
//! semantic conventions, messages in parts, sent to the OTLP endpoint.

use serde_json::{Value, json};
use spanstone_model::Timestamp;

use super::otlp::{OtlpSpan, export};
use super::story::{Ids, tokens};
use super::{Link, Request};

const WISH: &str = "Two days in Ghent by train from Köln, one museum, vegetarian food, under 400 EUR for two.";

const PLAN: &str = "**Day 1** 07:43 Köln Hbf → 10:49 Gent-Sint-Pieters (change in Brussels, 2 × 39.90 EUR). \
    STAM city museum, lunch at a vegetarian kitchen near the Korenmarkt, evening walk along the Graslei.\n\n\
    **Day 2** Patershol, Gravensteen from outside, 16:10 train back (2 × 44.90 EUR).\n\n\
    Hotel 118 EUR, food about 90 EUR: **377.60 EUR in total**.";

pub(super) fn request(now: Timestamp, ids: &mut Ids) -> Request {
    let trace_id = ids.long();
    let names = ["root", "research", "plan-1", "trains", "hotels", "plan-2"].map(|_| ids.short());
    let [root, research, first, trains, hotels, second] = &names;
    let start = now.millis() - 3 * 60_000;
    let span = |id, parent_id, name, from: i64, to: i64, attributes| OtlpSpan {
        trace_id: &trace_id,
        id,
        parent_id,
        name,
        from: Timestamp::from_millis(start + from),
        to: Timestamp::from_millis(start + to),
        attributes,
    };
    let agent = |name: &str| vec![("gen_ai.operation.name", json!("invoke_agent")), ("gen_ai.agent.name", json!(name))];
    let mut planner = agent("trip-planner");
    planner.extend([
        ("user.id", json!("traveller-22")),
        ("session.id", json!("trip-ghent")),
        ("langfuse.trace.name", json!("plan-a-trip")),
        ("langfuse.trace.tags", json!(["opentelemetry", "agents"])),
        ("gen_ai.input.messages", messages("user", WISH)),
        ("gen_ai.output.messages", messages("assistant", PLAN)),
    ]);
    let delegation = "Find trains Köln–Ghent and a hotel for one night, cheapest first.";
    let findings = "Trains from 39.90 EUR per person, Hotel Harmony from 118 EUR.";
    let spans = [
        span(root, "", "invoke_agent trip-planner", 0, 14_900, planner),
        span(first, root, "chat mistral-large", 40, 3_100, chat(WISH, delegation)),
        span(research, root, "invoke_agent researcher", 3_150, 9_800, agent("researcher")),
        span(
            trains,
            research,
            "execute_tool search_trains",
            3_400,
            6_250,
            tool(
                "search_trains",
                json!({"from": "Köln Hbf", "to": "Gent", "people": 2}),
                json!([{"departs": "07:43", "price": 39.9}]),
            ),
        ),
        span(
            hotels,
            research,
            "execute_tool search_hotels",
            3_400,
            9_700,
            tool(
                "search_hotels",
                json!({"city": "Gent", "nights": 1}),
                json!([{"name": "Hotel Harmony", "price": 118}]),
            ),
        ),
        span(second, root, "chat mistral-large", 9_850, 14_850, chat(findings, PLAN)),
    ];
    let resource = [
        ("service.name", json!("trip-planner")),
        ("service.version", json!("0.9.1")),
        ("deployment.environment.name", json!("development")),
    ];
    Request {
        path: "/api/public/otel/v1/traces",
        body: export(&resource, "trip_planner.agents", &spans),
        traces: vec![Link {
            trace_id: trace_id.clone(),
            about: "two agents, recorded by OpenTelemetry without a Langfuse SDK",
        }],
    }
}

/// One message in the form of the semantic conventions 1.37: a role and typed parts.
fn messages(role: &str, text: &str) -> Value {
    json!([{"role": role, "parts": [{"type": "text", "content": text}]}])
}

fn chat(input: &str, output: &str) -> Vec<(&'static str, Value)> {
    let (input, output) = (messages("user", input), messages("assistant", output));
    vec![
        ("gen_ai.operation.name", json!("chat")),
        ("gen_ai.provider.name", json!("mistral_ai")),
        ("gen_ai.request.model", json!("mistral-large-latest")),
        ("gen_ai.request.temperature", json!(0.3)),
        ("gen_ai.usage.input_tokens", json!(tokens(&input))),
        ("gen_ai.usage.output_tokens", json!(tokens(&output))),
        ("gen_ai.system_instructions", json!([{"type": "text", "content": "You plan trips by train."}])),
        ("gen_ai.input.messages", input),
        ("gen_ai.output.messages", output),
    ]
}

fn tool(name: &'static str, arguments: Value, result: Value) -> Vec<(&'static str, Value)> {
    vec![
        ("gen_ai.operation.name", json!("execute_tool")),
        ("gen_ai.tool.name", json!(name)),
        ("gen_ai.tool.call.arguments", arguments),
        ("gen_ai.tool.call.result", result),
    ]
}
