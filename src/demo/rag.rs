//! A question answered from documents: embedding, retrieval, reranking, an answer with citations, and an
//! evaluator's scores. Plain strings and documents instead of messages, where that is what such programs record.

use serde_json::{Value, json};
use spanstone_model::Timestamp;

use super::Request;
use super::story::{Ids, LARGE, Story, batch, tokens};

const QUESTION: &str = "How long may a lithium battery sit in storage before we have to recharge it, and at what \
    state of charge should it go into storage?";

const ANSWER: &str = "Store lithium packs at **40–60 % state of charge** and between 10 and 25 °C [1]. At 20 °C \
    they lose about 2–3 % per month, so check them **every six months** and recharge when a pack falls below 30 % \
    [1][2].\n\n| Storage | Check every | Recharge below |\n|---|---|---|\n| 10–25 °C | 6 months | 30 % |\n\
    | above 25 °C | 3 months | 40 % |\n\nPacks that were stored below 10 % must be inspected before charging [2].";

pub(super) fn request(now: Timestamp, ids: &mut Ids) -> Request {
    let mut story = Story::begin(
        ids,
        now,
        13,
        json!({
            "name": "ask-the-handbook",
            "userId": "workshop-7",
            "tags": ["rag", "handbook"],
            "environment": "production",
            "version": "4",
            "input": QUESTION,
            "output": ANSWER,
            "metadata": {"index": "handbook-2026-10", "top_k": 5},
        }),
    );
    let chain =
        story.observe("chain", None, "answer-from-documents", 0..6_420, json!({"input": QUESTION, "output": ANSWER}));
    let query = "lithium battery storage duration state of charge recharge interval";
    let rewritten = json!({"role": "assistant", "content": query});
    let rewrite = json!([
        {"role": "system", "content": "Rewrite the question as a search query. Answer with the query only."},
        {"role": "user", "content": QUESTION},
    ]);
    story.generate(&chain, "rewrite-query", super::story::SMALL, 5..610, &rewrite, &rewritten);

    let retriever = json!({"input": {"query": query, "top_k": 5}, "output": documents()});
    let retriever = story.observe("retriever", Some(&chain), "search-handbook", 620..1_105, retriever);
    let embedding = json!({
        "model": "text-embedding-3-small",
        "input": query,
        "output": {"dimensions": 1_536, "vector": "(not recorded)"},
        "usageDetails": {"input": tokens(&json!(query)), "total": tokens(&json!(query))},
        "costDetails": {"total": 0.000_000_36},
    });
    story.observe("embedding", Some(&retriever), "embed-query", 625..790, embedding);
    let search = json!({"input": {"vector": "(not recorded)", "limit": 20}, "output": {"hits": 20, "took_ms": 41}});
    story.observe("span", Some(&retriever), "vector-search", 795..1_090, search);
    let order = json!({"input": {"candidates": 20}, "output": [{"id": "hb-311", "score": 0.94}, {"id": "hb-087", "score": 0.88}]});
    story.observe("span", Some(&chain), "rerank", 1_110..1_830, order);

    // The shape of Anthropic's messages: a system text beside them, content in blocks.
    let messages = json!({
        "system": "Answer from the documents only. Cite them as [n]. Say so when they do not have the answer.",
        "messages": [{
            "role": "user",
            "content": [
                {"type": "text", "text": format!("Documents:\n\n{}", numbered())},
                {"type": "text", "text": QUESTION},
            ],
        }],
    });
    let answer = json!({"role": "assistant", "content": [{"type": "text", "text": ANSWER}], "stop_reason": "end_turn"});
    let answer = story.generate(&chain, "answer", LARGE, 1_840..6_050, &messages, &answer);

    let verdict = json!({
        "input": {"question": QUESTION, "answer": ANSWER},
        "output": {"faithfulness": 0.96, "reason": "Every figure is in document 1 or 2."},
    });
    story.observe("evaluator", Some(&chain), "check-citations", 6_060..6_410, verdict);
    story.score(6_500, Some(&answer), "faithfulness", json!({"value": 0.96, "dataType": "NUMERIC"}));
    story.score(6_500, None, "answered", json!({"value": "fully", "dataType": "CATEGORICAL"}));
    batch([story.end("a question answered from documents, with retrieval, reranking and scores")])
}

const TEXTS: [(&str, &str, &str); 3] = [
    (
        "hb-311",
        "Storage of traction batteries",
        "Lithium packs are stored dry, between 10 and 25 °C, at a state of charge of 40 to 60 percent. At 20 °C the \
         self-discharge is 2 to 3 percent per month. The state of charge is checked every six months; packs stored \
         above 25 °C are checked every three months and recharged below 40 percent.",
    ),
    (
        "hb-087",
        "Deep discharge",
        "A pack is recharged when its state of charge falls below 30 percent. Packs that were stored below 10 percent \
         are inspected by a trained person before they are charged. Swollen packs are never charged.",
    ),
    (
        "hb-140",
        "Transport of dangerous goods",
        "Packs above 100 Wh are dangerous goods of class 9. They travel at a state of charge of at most 30 percent.",
    ),
];

fn documents() -> Value {
    let document = |(id, title, text): &(&str, &str, &str)| json!({"id": id, "metadata": {"title": title, "source": "handbook.pdf"}, "page_content": text});
    TEXTS.iter().map(document).collect()
}

fn numbered() -> String {
    let mut text = String::new();
    for (number, (_, title, body)) in (1..).zip(TEXTS) {
        text += &format!("[{number}] {title}\n{body}\n\n");
    }
    text
}
