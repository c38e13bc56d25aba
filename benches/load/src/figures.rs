//! Figures: quantiles of samples, and the line of JSON at the end.

use std::fmt::Write as _;
use std::time::Duration;

/// Named numbers, in the order in which they were measured.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<(String, f64)>);

impl Figures {
    /// Adds a figure.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: f64) {
        self.0.push((name.into(), value));
    }

    /// Adds all of another, their names behind a prefix.
    pub(crate) fn add_all(&mut self, prefix: &str, other: &Self) {
        self.0.extend(other.0.iter().map(|(name, value)| (format!("{prefix}{name}"), *value)));
    }

    /// The figure of a name.
    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// One line of JSON: the mode and every figure.
    pub(crate) fn to_json(&self, mode: &str) -> String {
        let mut line = format!("{{\"mode\":\"{mode}\"");
        for (name, value) in &self.0 {
            let value = if value.is_finite() { *value } else { -1.0 };
            write!(line, ",\"{name}\":{value:.3}").expect("a string takes all writes");
        }
        line + "}"
    }
}

/// Samples of a duration.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Adds one.
    pub(crate) fn add(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// Adds those of another thread.
    pub(crate) fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The sample that `permille` of a thousand samples do not exceed, in milliseconds; 0 without samples.
    pub(crate) fn quantile_ms(&mut self, permille: usize) -> f64 {
        self.0.sort_unstable();
        let rank = (self.0.len() * permille).div_ceil(1_000).max(1) - 1;
        self.0.get(rank).map_or(0.0, |sample| sample.as_secs_f64() * 1e3)
    }
}

/// A count as a float, for division.
#[expect(clippy::cast_precision_loss, reason = "figures have three digits")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_sample() {
        let mut samples = Samples((1..=200).map(Duration::from_millis).collect());
        let quantiles = [500, 990, 1_000].map(|q| format!("{:.0}", samples.quantile_ms(q)));
        assert_eq!(quantiles, ["100", "198", "200"]);
        assert_eq!(format!("{:.0}", Samples::default().quantile_ms(500)), "0");
    }

    #[test]
    fn the_line_is_json() {
        let mut figures = Figures::default();
        figures.add("a", 1.0);
        figures.add("b", f64::NAN);
        assert_eq!(figures.to_json("x"), r#"{"mode":"x","a":1.000,"b":-1.000}"#);
    }
}
