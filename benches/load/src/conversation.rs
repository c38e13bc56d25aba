//! One trace of the load: an agent in nine observations whose model calls carry the growing history.

use crate::words::Words;

/// How many observations a trace has.
pub(crate) const OBSERVATIONS: usize = 9;

/// What an observation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Agent,
    Generation,
    Tool,
}

/// One observation without its ids.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    /// JSON text.
    pub(crate) input: String,
    /// JSON text.
    pub(crate) output: String,
    /// Milliseconds from the start of the trace.
    pub(crate) from_ms: u64,
    pub(crate) to_ms: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

/// Invents a trace: the agent first, then what it did, in order. Its texts come to about 3.5 kB an observation.
pub(crate) fn invent(words: &mut Words) -> Vec<Step> {
    let question = words.paragraph(220);
    let mut history = vec![message("system", &words.paragraph(690)), message("user", &question)];
    let mut steps = Vec::with_capacity(OBSERVATIONS);
    let mut clock = 5;
    let mut answer = String::new();
    for number in 1..OBSERVATIONS {
        let took = 200 + words.below(1_800);
        let step = if number % 3 == 0 {
            let arguments = format!(r#"{{"query":"{}","limit":{}}}"#, escape(&words.paragraph(60)), words.below(50));
            let result = words.paragraph(840);
            history.push(message("tool", &result));
            step(Kind::Tool, "search", arguments, format!("\"{}\"", escape(&result)), clock, took)
        } else {
            answer = words.paragraph(590);
            let input = format!("[{}]", history.join(","));
            let output = message("assistant", &answer);
            history.push(output.clone());
            step(Kind::Generation, "chat", input, output, clock, took)
        };
        clock = step.to_ms + 3;
        steps.push(step);
    }
    let mut agent =
        step(Kind::Agent, "agent", format!("\"{}\"", escape(&question)), format!("\"{}\"", escape(&answer)), 0, clock);
    agent.input_tokens = 0;
    steps.insert(0, agent);
    steps
}

fn step(kind: Kind, name: &'static str, input: String, output: String, from_ms: u64, took: u64) -> Step {
    Step {
        kind,
        name,
        from_ms,
        to_ms: from_ms + took,
        input_tokens: input.len() as u64 / 4,
        output_tokens: output.len() as u64 / 4,
        input,
        output,
    }
}

fn message(role: &str, content: &str) -> String {
    format!(r#"{{"role":"{role}","content":"{}"}}"#, escape(content))
}

/// Our text has line ends and nothing else that JSON escapes; a text that is JSON itself has quotes, too.
pub(crate) fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_has_about_three_and_a_half_kilobytes() {
        let mut words = Words::new(7);
        let steps: Vec<Step> = (0..20).flat_map(|_| invent(&mut words)).collect();
        assert_eq!(steps.len(), 20 * OBSERVATIONS);
        let bytes: usize = steps.iter().map(|step| step.input.len() + step.output.len()).sum();
        let mean = bytes / steps.len();
        assert!((2_900..3_400).contains(&mean), "{mean}");
    }
}
