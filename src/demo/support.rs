//! A conversation of three turns with a support agent of a shop: one session, growing history, OpenAI's shape
//! of messages with tool calls, feedback of the customer as scores.

use serde_json::{Value, json};
use spanstone_model::Timestamp;

use super::Request;
use super::story::{Ids, SMALL, Story, batch};

const SYSTEM: &str = "You are the support agent of Northwind Bicycles. Look orders up before you speak of them. \
    Answer in at most four sentences, and never promise a date that the warehouse has not confirmed.";

struct Turn {
    minutes_ago: i64,
    question: &'static str,
    tool: &'static str,
    arguments: &'static str,
    result: fn() -> Value,
    answer: &'static str,
    about: &'static str,
}

const TURNS: [Turn; 3] = [
    Turn {
        minutes_ago: 24,
        question: "Hi, where is my order 48213? It was supposed to arrive on Tuesday.",
        tool: "lookup_order",
        arguments: r#"{"order_id":"48213"}"#,
        result: || {
            json!({
                "order_id": "48213",
                "status": "in_transit",
                "carrier": "DHL",
                "items": [{"sku": "NW-TRAIL-29", "name": "Trail 29 wheel set", "quantity": 1}],
                "events": [
                    {"at": "Mon 08:12", "place": "Rotterdam", "text": "Left the warehouse"},
                    {"at": "Tue 19:40", "place": "Osnabrück", "text": "Delayed: vehicle breakdown"},
                ],
            })
        },
        answer: "Your wheel set left our warehouse on Monday and is on its way. The carrier reports a delay in \
            Osnabrück since Tuesday evening because of a vehicle breakdown. I cannot confirm a new delivery date \
            yet, but I have asked for an update and will write to you as soon as there is one.",
        about: "a support agent, first of three turns in one session",
    },
    Turn {
        minutes_ago: 21,
        question: "That is annoying, I need it for a race on Saturday. Can I cancel and buy it in the store?",
        tool: "check_stock",
        arguments: r#"{"sku":"NW-TRAIL-29","near":"Münster"}"#,
        result: || {
            json!([
                {"store": "Münster Hafen", "in_stock": 2, "pickup": "today until 19:00"},
                {"store": "Dortmund", "in_stock": 0},
            ])
        },
        answer: "Yes: our store at Münster Hafen has two of these wheel sets, and you can pick one up today until \
            19:00. If you like, I reserve one for you and cancel the shipment; the refund then takes two to three \
            working days. Shall I do that?",
        about: "the second turn: the history of the first is part of its input",
    },
    Turn {
        minutes_ago: 19,
        question: "Yes please, reserve it. Thank you!! 🚲",
        tool: "reserve_and_cancel",
        arguments: r#"{"order_id":"48213","store":"Münster Hafen","sku":"NW-TRAIL-29"}"#,
        result: || json!({"reservation": "R-7719", "valid_until": "19:00", "refund": {"amount": 389.0, "currency": "EUR"}}),
        answer: "Done: reservation R-7719 is waiting for you at Münster Hafen until 19:00, and order 48213 is \
            cancelled. The refund of 389 EUR is on its way. Good luck on Saturday! 🏁",
        about: "the third turn, with the customer's feedback as scores",
    },
];

pub(super) fn request(now: Timestamp, ids: &mut Ids) -> Request {
    let session = format!("support-{}", ids.short());
    let mut history = vec![json!({"role": "system", "content": SYSTEM})];
    let stories: Vec<_> = TURNS.iter().map(|turn| tell(now, ids, &session, turn, &mut history)).collect();
    batch(stories)
}

fn tell(
    now: Timestamp,
    ids: &mut Ids,
    session: &str,
    turn: &Turn,
    history: &mut Vec<Value>,
) -> (Vec<Value>, super::Link) {
    let is_last = turn.minutes_ago == TURNS[2].minutes_ago;
    let mut story = Story::begin(
        ids,
        now,
        turn.minutes_ago,
        json!({
            "name": "support-chat",
            "userId": "customer-1093",
            "sessionId": session,
            "tags": ["support", "web"],
            "environment": "production",
            "release": "2026.11.2",
            "input": {"message": turn.question},
            "output": {"reply": turn.answer},
            "metadata": {"channel": "web", "locale": "en-GB", "customer": {"tier": "gold", "since": 2019}},
        }),
    );
    let agent =
        story.observe("agent", None, "support-agent", 0..4_180, json!({"input": turn.question, "output": turn.answer}));
    let guardrail = json!({"input": turn.question, "output": {"allowed": true, "topics": ["order"]}});
    story.observe("guardrail", Some(&agent), "topic-filter", 12..148, guardrail);

    history.push(json!({"role": "user", "content": turn.question}));
    let call = json!({
        "role": "assistant",
        "content": null,
        "tool_calls": [{
            "id": format!("call_{}", turn.tool),
            "type": "function",
            "function": {"name": turn.tool, "arguments": turn.arguments},
        }],
    });
    story.generate(&agent, "decide", SMALL, 160..1_220, &json!({"messages": history, "tools": tools()}), &call);
    history.push(call);

    let result = (turn.result)();
    let arguments: Value = serde_json::from_str(turn.arguments).expect("the arguments above are JSON");
    let tool = json!({"input": arguments, "output": result, "metadata": {"backend": "erp", "attempt": 1}});
    story.observe("tool", Some(&agent), turn.tool, 1_240..1_735, tool);
    history.push(json!({
        "role": "tool",
        "tool_call_id": format!("call_{}", turn.tool),
        "content": result.to_string(),
    }));

    let answer = json!({"role": "assistant", "content": turn.answer});
    let messages = json!({"messages": history, "tools": tools()});
    let reply = story.generate(&agent, "answer", SMALL, 1_760..4_120, &messages, &answer);
    history.push(answer);

    story.score(4_300, Some(&reply), "tone", json!({"value": "friendly", "dataType": "CATEGORICAL"}));
    if is_last {
        story.score(
            38_000,
            None,
            "user-feedback",
            json!({"value": 1, "dataType": "BOOLEAN", "comment": "Quick and honest, thanks"}),
        );
        story.score(38_000, None, "stars", json!({"value": 5, "dataType": "NUMERIC"}));
    }
    story.end(turn.about)
}

fn tools() -> Value {
    let tool = |name: &str, description: &str, properties: Value| {
        json!({
            "type": "function",
            "function": {
                "name": name,
                "description": description,
                "parameters": {"type": "object", "properties": properties},
            },
        })
    };
    let text = json!({"type": "string"});
    json!([
        tool("lookup_order", "Status and tracking of an order", json!({"order_id": text})),
        tool("check_stock", "Stock of an article in stores near a place", json!({"sku": text, "near": text})),
        tool(
            "reserve_and_cancel",
            "Reserves an article in a store and cancels the order of it",
            json!({"order_id": text, "store": text, "sku": text})
        ),
    ])
}
