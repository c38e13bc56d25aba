//! News of earlier traces, minutes or weeks after they ended: scores, updates of the trace and of its observations, and
//! observations that took their time.

use super::mixed::trace_event;
use super::{Cast, Events, Facts, LATE, Workload, text};
use crate::batch::iso;
use crate::random::Random;

/// Half of the news is of one of so many traces before.
const RECENT: u64 = 2_000;

/// Appends news of an earlier trace than `now`, or none.
pub(super) fn write(workload: &Workload, cast: &Cast, now: &Facts, events: &mut Events) {
    let mut random = Random::of(workload.seed, LATE, now.index);
    if now.index == 0 || !random.chance(workload.late_permille) {
        return;
    }
    let reach = if random.chance(500) { now.index.min(RECENT) } else { now.index };
    let earlier = workload.facts(cast, now.index - 1 - random.below(reach));
    let unique = now.index;
    events.late += 1;
    match random.below(10) {
        0..4 => {
            let (id, permille) = (format!("late-score-{unique}"), random.below(1_000));
            events.score(&id, &earlier.id, now.start_ms, permille);
        }
        4..7 => {
            let mut tags = earlier.tags.clone();
            tags.push("reviewed");
            let before = events.traces;
            trace_event(&Facts { tags, ..earlier }, events, None, &mut random);
            events.traces = before;
        }
        7..9 => {
            let id = workload.observation_id(earlier.index, random.below(earlier.observations));
            events.push("span-update", &id, now.start_ms, |json| {
                text(json, "traceId", &earlier.id);
                text(json, "statusMessage", "reviewed by a person");
            });
        }
        _ => {
            events.observations += 1;
            // Beyond every step that the trace itself has.
            let id = workload.observation_id(earlier.index, (1 << 40) + unique);
            events.push("span-create", &id, now.start_ms, |json| {
                text(json, "traceId", &earlier.id);
                text(json, "name", "webhook");
                text(json, "startTime", &iso(now.start_ms));
                text(json, "endTime", &iso(now.start_ms + 40));
                json.push_str(r#","input":{"event":"delivered"},"output":{"ok":true}"#);
            });
        }
    }
}
