//! Who and what the traces are about: applications with their prompts and tools, models, users, tags, documents.

use std::sync::Arc;

use crate::random::{Random, Zipf};
use crate::words::{Language, Words};

/// How many different words the talk has.
const VOCABULARY: u32 = 32_768;
const USERS: u32 = 20_000;
const PROMPTS_PER_APP: usize = 4;
const DOCUMENTS: u32 = 4_000;
const DOCUMENT_CHARACTERS: usize = 380;

/// An application that is traced.
#[derive(Debug)]
pub(super) struct App {
    pub(super) name: &'static str,
    /// What its root is: the type of the event.
    pub(super) root: &'static str,
    pub(super) tools: &'static [&'static str],
    /// Whether it looks things up in documents.
    pub(super) retrieves: bool,
}

const fn app(name: &'static str, root: &'static str, tools: &'static [&'static str], retrieves: bool) -> App {
    App { name, root, tools, retrieves }
}

/// The most used first.
const APPS: [App; 12] = [
    app("support-assistant", "agent-create", &["find_order", "refund", "handover"], true),
    app("docs-search", "chain-create", &[], true),
    app("code-review", "agent-create", &["read_file", "run_tests", "comment"], false),
    app("sql-analyst", "agent-create", &["describe_table", "run_query"], false),
    app("invoice-extraction", "span-create", &[], false),
    app("sales-copilot", "agent-create", &["crm_lookup", "draft_mail", "calendar"], true),
    app("travel-planner", "agent-create", &["search_flights", "search_hotels", "weather"], false),
    app("moderation", "span-create", &[], false),
    app("report-writer", "chain-create", &["chart", "web_search"], true),
    app("translation", "span-create", &[], false),
    app("onboarding", "agent-create", &["create_ticket", "lookup_policy"], true),
    app("incident-triage", "agent-create", &["query_logs", "query_metrics", "page_oncall"], false),
];

/// A model and what it costs.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: &'static str,
    /// In billionths of a dollar for a token.
    pub(super) input: u64,
    pub(super) output: u64,
}

/// The most used first.
const MODELS: [Model; 8] = [
    Model { name: "gpt-4o-mini-2024-07-18", input: 150, output: 600 },
    Model { name: "gpt-4.1-2025-04-14", input: 2_000, output: 8_000 },
    Model { name: "claude-sonnet-4-5-20250929", input: 3_000, output: 15_000 },
    Model { name: "gemini-2.5-flash", input: 300, output: 2_500 },
    Model { name: "gpt-4o-2024-08-06", input: 2_500, output: 10_000 },
    Model { name: "claude-haiku-4-5-20251001", input: 1_000, output: 5_000 },
    Model { name: "mistral-large-2411", input: 2_000, output: 6_000 },
    Model { name: "llama-3.3-70b-instruct", input: 590, output: 790 },
];

/// The most used first.
const TAGS: [&str; 40] = [
    "prod",
    "web",
    "beta",
    "eu",
    "us",
    "mobile",
    "premium",
    "v2",
    "experiment-a",
    "experiment-b",
    "api",
    "trial",
    "chat",
    "batch",
    "nightly",
    "canary",
    "internal",
    "partner",
    "slow-path",
    "fallback",
    "cached",
    "long-context",
    "tools",
    "no-tools",
    "german",
    "french",
    "spanish",
    "japanese",
    "tier-1",
    "tier-2",
    "tier-3",
    "migrated",
    "legacy",
    "shadow",
    "replay",
    "golden",
    "reviewed",
    "escalated",
    "night-shift",
    "load-test",
];

/// What all traces share. It has its own randomness: two workloads have the same cast.
#[derive(Debug)]
pub(crate) struct Cast {
    language: Arc<Language>,
    /// System prompts as JSON text, `PROMPTS_PER_APP` of each application.
    prompts: Vec<String>,
    documents: Vec<String>,
    apps: Zipf,
    models: Zipf,
    tags: Zipf,
    users: Zipf,
    document: Zipf,
}

impl Cast {
    /// Invents it, in some tens of milliseconds.
    pub(crate) fn new() -> Self {
        let language = Arc::new(Language::new(VOCABULARY));
        let mut words = Words::of(&language, Random::new(0xca57));
        let mut texts = |count: usize, least: usize, most: u64| -> Vec<String> {
            let mut one = || {
                let mut text = String::new();
                let more = words.random.index(usize::try_from(most).unwrap_or(1));
                words.write_json(&mut text, least + more);
                text
            };
            (0..count).map(|_| one()).collect()
        };
        Self {
            prompts: texts(APPS.len() * PROMPTS_PER_APP, 500, 1_200),
            documents: texts(DOCUMENTS as usize, DOCUMENT_CHARACTERS, 80),
            language,
            apps: Zipf::new(12),
            models: Zipf::new(8),
            tags: Zipf::new(40),
            users: Zipf::new(USERS),
            document: Zipf::new(DOCUMENTS),
        }
    }

    /// Text that is fresh.
    pub(super) fn words(&self, random: Random) -> Words {
        Words::of(&self.language, random)
    }

    pub(super) fn app(&self, random: &mut Random) -> usize {
        self.apps.draw(random)
    }

    pub(super) fn app_facts(app: usize) -> &'static App {
        &APPS[app]
    }

    /// The name of a trace of an application.
    pub(crate) fn app_name(app: usize) -> &'static str {
        APPS[app].name
    }

    /// A system prompt of an application: which version, and its text.
    pub(super) fn prompt(&self, app: usize, random: &mut Random) -> (usize, &str) {
        let version = random.index(PROMPTS_PER_APP);
        (version, &self.prompts[app * PROMPTS_PER_APP + version])
    }

    pub(super) fn model(&self, random: &mut Random) -> &'static Model {
        &MODELS[self.models.draw(random)]
    }

    pub(super) fn user(&self, random: &mut Random) -> String {
        let rank = self.users.draw(random) as u64;
        format!("user-{:08x}", Random::of(0, 0, rank).next() >> 32)
    }

    /// Up to three tags.
    pub(super) fn tags(&self, random: &mut Random) -> Vec<&'static str> {
        let mut tags: Vec<_> = (0..random.below(4)).map(|_| TAGS[self.tags.draw(random)]).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// A piece of the knowledge base: its number and its text.
    pub(super) fn document(&self, random: &mut Random) -> (usize, &str) {
        let number = self.document.draw(random);
        (number, &self.documents[number])
    }
}

pub(super) fn environment(random: &mut Random) -> &'static str {
    match random.below(100) {
        0..80 => "production",
        80..95 => "staging",
        _ => "development",
    }
}
