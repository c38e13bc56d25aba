//! A coding agent that repairs a flaky test in twenty-odd steps, with a reviewing agent inside it: about sixty
//! observations, a history that grows with every step, Anthropic's shape of messages with tool blocks.

use serde_json::{Value, json};
use spanstone_model::Timestamp;

use super::Request;
use super::story::{Ids, LARGE, Story, batch};

const TASK: &str = "The test `refills_after_a_pause` in `limiter` fails about once in thirty runs on CI. Find out \
    why, repair it, and show that it holds.";

const SUMMARY: &str = "The limiter read the system clock twice in `take`: once to refill the bucket, once to stamp \
    it. A pause between the two reads was lost, so a refill could be one token short. `take` now reads the clock \
    once and gets it as a parameter, the test passes a clock of its own, and 2,000 runs passed.\n\n\
    - `limiter/src/bucket.rs`: one clock read, saturating arithmetic\n\
    - `limiter/src/clock.rs`: new, `Clock` with a test double\n\
    - `limiter/tests/refill.rs`: no more `sleep`";

/// One turn of an agent: what it thinks, then the tools it calls, each with input and result.
struct Step {
    thought: &'static str,
    calls: &'static [(&'static str, &'static str, &'static str)],
}

const STEPS: [Step; 15] = [
    Step {
        thought: "I'll look at the layout of the repository first.",
        calls: &[
            ("list_files", r#"{"path":"."}"#, "Cargo.toml\nlimiter/\nserver/\nci/\nREADME.md"),
            ("list_files", r#"{"path":"limiter"}"#, "Cargo.toml\nsrc/lib.rs\nsrc/bucket.rs\ntests/refill.rs"),
        ],
    },
    Step {
        thought: "The test and the code under test.",
        calls: &[
            (
                "read_file",
                r#"{"path":"limiter/tests/refill.rs"}"#,
                "#[test]\nfn refills_after_a_pause() {\n    let mut bucket = Bucket::new(10, per_second(100));\n    \
                 assert!(bucket.take(10));\n    std::thread::sleep(Duration::from_millis(50));\n    \
                 assert!(bucket.take(5), \"five tokens after 50 ms\");\n}\n",
            ),
            (
                "read_file",
                r#"{"path":"limiter/src/bucket.rs"}"#,
                "impl Bucket {\n    pub fn take(&mut self, count: u32) -> bool {\n        \
                 let elapsed = Instant::now() - self.stamp;\n        \
                 self.tokens += (elapsed.as_millis() as u32) * self.rate / 1000;\n        \
                 self.tokens = self.tokens.min(self.size);\n        self.stamp = Instant::now();\n        \
                 if self.tokens < count { return false; }\n        self.tokens -= count;\n        true\n    }\n}\n",
            ),
        ],
    },
    Step {
        thought: "Two clock reads in `take`. Let me see how often it fails here before I change anything.",
        calls: &[(
            "run",
            r#"{"command":"for i in $(seq 300); do cargo test -q --test refill || echo FAIL; done | grep -c FAIL"}"#,
            "9\n",
        )],
    },
    Step {
        thought: "9 of 300, close to the one in thirty of CI. Does anything else use the stamp?",
        calls: &[
            (
                "search",
                r#"{"pattern":"stamp","path":"limiter"}"#,
                "src/bucket.rs:7: stamp: Instant,\nsrc/bucket.rs:22: let elapsed = Instant::now() - self.stamp;\nsrc/bucket.rs:25: self.stamp = Instant::now();",
            ),
            (
                "search",
                r#"{"pattern":"Bucket::new","path":"."}"#,
                "server/src/limits.rs:41: Bucket::new(600, per_minute(600))\nlimiter/tests/refill.rs:3: Bucket::new(10, per_second(100))",
            ),
        ],
    },
    Step {
        thought: "One more suspicion: whole milliseconds are cut off at each call. A trace of the numbers will tell.",
        calls: &[
            (
                "edit_file",
                r#"{"path":"limiter/src/bucket.rs","insert":"eprintln!(\"{elapsed:?} {}\", self.tokens);"}"#,
                "1 line inserted",
            ),
            (
                "run",
                r#"{"command":"cargo test --test refill -- --nocapture"}"#,
                "50.061ms 5\ntest refills_after_a_pause ... ok",
            ),
            (
                "run",
                r#"{"command":"stress -c 4 & cargo test --test refill -- --nocapture"}"#,
                "49.998ms 4\ntest refills_after_a_pause ... FAILED\n\nassertion failed: five tokens after 50 ms",
            ),
        ],
    },
    Step {
        thought: "So under load the first read comes late, the second later still, and what lies between is lost. \
                  I'll give `take` the time as a parameter.",
        calls: &[
            ("edit_file", r#"{"path":"limiter/src/bucket.rs","remove":"eprintln!"}"#, "1 line removed"),
            ("write_file", r#"{"path":"limiter/src/clock.rs"}"#, "27 lines written"),
            (
                "edit_file",
                r#"{"path":"limiter/src/bucket.rs","replace":"take(&mut self, count: u32, now: Instant)"}"#,
                "6 lines changed",
            ),
        ],
    },
    Step {
        thought: "The caller in the server has to pass its clock.",
        calls: &[
            (
                "read_file",
                r#"{"path":"server/src/limits.rs","lines":"30-60"}"#,
                "    fn admit(&self, key: &Key) -> bool {\n        let mut bucket = self.bucket(key);\n        bucket.take(1)\n    }\n",
            ),
            (
                "edit_file",
                r#"{"path":"server/src/limits.rs","replace":"bucket.take(1, self.clock.now())"}"#,
                "2 lines changed",
            ),
        ],
    },
    Step {
        thought: "Build.",
        calls: &[(
            "run",
            r#"{"command":"cargo build"}"#,
            "error[E0599]: no method named `now` found for struct `SystemClock`\n  --> server/src/limits.rs:33:38\n   = help: items from traits can only be used if the trait is in scope",
        )],
    },
    Step {
        thought: "The trait is missing from scope.",
        calls: &[
            ("edit_file", r#"{"path":"server/src/limits.rs","insert":"use limiter::Clock;"}"#, "1 line inserted"),
            ("run", r#"{"command":"cargo build"}"#, "    Finished `dev` profile in 3.41s"),
        ],
    },
    Step {
        thought: "Now the test, without sleeping.",
        calls: &[
            ("write_file", r#"{"path":"limiter/tests/refill.rs"}"#, "34 lines written"),
            ("run", r#"{"command":"cargo test -p limiter"}"#, "running 4 tests\ntest result: ok. 4 passed; 0 failed"),
        ],
    },
    Step {
        thought: "The cut-off milliseconds are still there: at 100 tokens a second, calls every 5 ms would never refill. \
                  I'll keep the remainder.",
        calls: &[
            ("edit_file", r#"{"path":"limiter/src/bucket.rs","replace":"self.remainder"}"#, "5 lines changed"),
            (
                "edit_file",
                r#"{"path":"limiter/tests/refill.rs","insert":"refills_at_short_intervals"}"#,
                "11 lines inserted",
            ),
            ("run", r#"{"command":"cargo test -p limiter"}"#, "running 5 tests\ntest result: ok. 5 passed; 0 failed"),
        ],
    },
    Step {
        thought: "Under load, many times.",
        calls: &[(
            "run",
            r#"{"command":"stress -c 4 & for i in $(seq 2000); do cargo test -q -p limiter || echo FAIL; done | grep -c FAIL"}"#,
            "0\n",
        )],
    },
    Step {
        thought: "2,000 runs, no failure. Lints, format, the whole workspace.",
        calls: &[
            (
                "run",
                r#"{"command":"cargo clippy --all-targets -- -D warnings"}"#,
                "    Finished `dev` profile in 6.02s",
            ),
            ("run", r#"{"command":"cargo fmt --check"}"#, ""),
            ("run", r#"{"command":"cargo test --workspace"}"#, "test result: ok. 118 passed; 0 failed"),
        ],
    },
    Step { thought: "I'll have it reviewed before I hand it over.", calls: &[] },
    Step {
        thought: "The review asks for saturating arithmetic; done in one line.",
        calls: &[
            ("edit_file", r#"{"path":"limiter/src/bucket.rs","replace":"saturating_add"}"#, "1 line changed"),
            ("run", r#"{"command":"cargo test -p limiter"}"#, "running 5 tests\ntest result: ok. 5 passed; 0 failed"),
        ],
    },
];

/// The step after which the reviewing agent is asked.
const REVIEW_AFTER: usize = 13;

const REVIEW: [Step; 4] = [
    Step {
        thought: "What changed?",
        calls: &[
            (
                "run",
                r#"{"command":"git diff --stat"}"#,
                " limiter/src/bucket.rs   | 14 +++++++-----\n limiter/src/clock.rs    | 27 ++++++++++\n limiter/tests/refill.rs | 41 ++++++++----\n server/src/limits.rs    |  4 +-",
            ),
            (
                "run",
                r#"{"command":"git diff limiter/src"}"#,
                "-        let elapsed = Instant::now() - self.stamp;\n+        let elapsed = now - self.stamp;\n+        let earned = elapsed.as_micros() * rate + self.remainder;",
            ),
        ],
    },
    Step {
        thought: "Could the subtraction panic when a caller passes an older time?",
        calls: &[
            (
                "search",
                r#"{"pattern":"\\.take\\(","path":"."}"#,
                "server/src/limits.rs:33\nlimiter/tests/refill.rs:9\nlimiter/tests/refill.rs:12",
            ),
            ("run", r#"{"command":"cargo test -p limiter -- --ignored older_time"}"#, "running 0 tests"),
        ],
    },
    Step {
        thought: "Instants subtract saturating since Rust 1.60, but the addition of tokens can overflow after a long pause.",
        calls: &[(
            "run",
            r#"{"command":"cargo run -q --example long_pause"}"#,
            "thread 'main' panicked at limiter/src/bucket.rs:24: attempt to add with overflow",
        )],
    },
    Step { thought: "Approved with one change: use `saturating_add` for the tokens (bucket.rs:24).", calls: &[] },
];

pub(super) fn request(now: Timestamp, ids: &mut Ids) -> Request {
    let trace = json!({
        "name": "coding-agent",
        "userId": "ci-bot",
        "sessionId": "repair-1187",
        "tags": ["agent", "coding"],
        "environment": "production",
        "version": "0.14",
        "input": TASK,
        "output": SUMMARY,
        "metadata": {"repository": "northwind/gateway", "issue": 1_187, "sandbox": {"image": "rust:1.95", "cpus": 2}},
    });
    let mut story = Story::begin(ids, now, 9, trace);
    let root = story.observe("agent", None, "repair-agent", 0..171_000, json!({"input": TASK, "output": SUMMARY}));
    let checkout = json!({"input": {"ref": "main"}, "output": {"commit": "7e1c9d4"}});
    story.observe("span", Some(&root), "checkout", 20..2_900, checkout);
    let mut turns = Turns::new(TASK);
    let mut clock = 3_000;
    for (number, step) in STEPS.iter().enumerate() {
        clock = turns.take(&mut story, &root, step, clock);
        if number == REVIEW_AFTER {
            clock = review(&mut story, &root, clock);
        }
    }
    let done = json!({"input": {"branch": "fix/refill-race"}, "output": {"pull_request": 1_192}});
    story.observe("tool", Some(&root), "open_pull_request", clock..clock + 1_400, done);
    story.score(172_000, None, "tests-pass", json!({"value": 1, "dataType": "BOOLEAN"}));
    story.score(
        172_000,
        None,
        "review",
        json!({"value": 0.9, "dataType": "NUMERIC", "comment": "Right cause, small diff"}),
    );
    batch([story.end("a coding agent with about sixty observations and a reviewing agent inside")])
}

fn review(story: &mut Story<'_>, root: &str, from: i64) -> i64 {
    let brief = "Review the diff of branch fix/refill-race. Look for wrong arithmetic and panics.";
    let length: i64 = REVIEW.iter().map(duration).sum();
    let verdict = json!({"input": brief, "output": REVIEW[3].thought});
    let agent = story.observe("agent", Some(root), "review-agent", from..from + length, verdict);
    let mut turns = Turns::new(brief);
    let mut clock = from;
    for step in &REVIEW {
        clock = turns.take(story, &agent, step, clock);
    }
    clock
}

/// How long a step takes, in milliseconds: thinking by the length of the thought, a tool by that of its result.
fn duration(step: &Step) -> i64 {
    thinking(step) + step.calls.iter().map(|call| working(call.2)).sum::<i64>()
}

fn thinking(step: &Step) -> i64 {
    let characters = i64::try_from(step.thought.len()).expect("a thought is short");
    1_400 + characters * 11
}

fn working(result: &str) -> i64 {
    let characters = i64::try_from(result.len()).expect("a result is short");
    180 + characters * 19
}

/// An agent's conversation so far.
struct Turns {
    messages: Vec<Value>,
    calls: usize,
}

impl Turns {
    fn new(task: &str) -> Self {
        let system = "You are a careful engineer. Measure before you change. Prefer the smallest change that holds.";
        Self {
            messages: vec![
                json!({"role": "system", "content": system}),
                json!({"role": "user", "content": [{"type": "text", "text": task}]}),
            ],
            calls: 0,
        }
    }

    /// Tells one step that begins at `from`; returns when it ends.
    fn take(&mut self, story: &mut Story<'_>, agent: &str, step: &Step, from: i64) -> i64 {
        let mut content = vec![json!({"type": "text", "text": step.thought})];
        let mut results = Vec::new();
        for (offset, (name, input, result)) in step.calls.iter().enumerate() {
            let id = format!("toolu_{:02}", self.calls + offset);
            let input: Value = serde_json::from_str(input).expect("the inputs above are JSON");
            content.push(json!({"type": "tool_use", "id": id, "name": name, "input": input}));
            results.push(json!({"type": "tool_result", "tool_use_id": id, "content": result}));
        }
        self.calls += step.calls.len();

        let answer = json!({"role": "assistant", "content": content});
        let mut clock = from + thinking(step);
        story.generate(agent, "think", LARGE, from..clock - 30, &json!(self.messages), &answer);
        self.messages.push(answer);
        for (name, input, result) in step.calls {
            let input: Value = serde_json::from_str(input).expect("the inputs above are JSON");
            let end = clock + working(result);
            let mut tool = json!({"input": input, "output": result});
            if result.starts_with("error") || result.contains("FAILED") || result.contains("panicked") {
                tool["level"] = json!("WARNING");
                tool["statusMessage"] = json!("exit status 101");
            }
            story.observe("tool", Some(agent), name, clock..end - 20, tool);
            clock = end;
        }
        if !results.is_empty() {
            self.messages.push(json!({"role": "user", "content": results}));
        }
        clock
    }
}
