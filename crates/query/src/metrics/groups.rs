//! Groups of rows, and what each comes to.
//!
//! Owns the numbers that stand for values and for groups, and the bound on them. Rows arrive in blocks from anywhere: equal
//! values have equal numbers in all of them.

use hashbrown::HashMap;
use spanstone_model::Text;

use super::block::{Axis, Block, Many, Said};
use super::plan::Metrics;
use super::totals::Totals;
use crate::QueryError;

/// How many groups an answer may have before it is ordered and cut.
pub const GROUPS_MAX: usize = 250_000;

/// How many groups are found at once, by the group before and the number of the value: 4 MB.
const NEAR_MAX: usize = 1_000_000;

/// A value that groups are told apart by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    Nothing,
    Text(Text),
    List(Vec<Text>),
    Whole(i64),
    Real(f64),
    Flag(bool),
}

/// Numbers for values, given out as they appear.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    texts: HashMap<Text, u32>,
    wholes: HashMap<i64, u32>,
    /// Everything else, by its bytes.
    others: HashMap<Vec<u8>, u32>,
    keys: Vec<Key>,
}

/// How groups by some dimensions become groups by one more.
#[derive(Debug, Default)]
struct Step {
    /// By the group before, by the number of the value, while there are few: the group and one, or 0.
    near: Vec<Vec<u32>>,
    /// How many places there are in it.
    near_len: usize,
    known: HashMap<u64, u32>,
    /// Of each group, the group before and the number of the value.
    members: Vec<(u32, u32)>,
}

/// The groups of a question.
#[derive(Debug)]
pub(super) struct Groups {
    steps: Vec<Step>,
    pub(super) totals: Vec<Totals>,
}

/// A row with one value of each dimension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) row: u32,
    pub(super) group: u32,
    /// The place of the value by which the row is split, if it is.
    pub(super) place: u32,
}

impl Numbers {
    /// The number of a value.
    pub(super) fn of(&mut self, said: Said<'_>) -> u32 {
        match said {
            Said::Text(text) => self.of_text(text),
            Said::Whole(whole) => self.of_whole(whole),
            Said::Nothing => self.of_bytes(vec![0], || Key::Nothing),
            Said::Flag(flag) => self.of_bytes(vec![1, u8::from(flag)], || Key::Flag(flag)),
            // Zero and its negative are equal.
            Said::Real(real) => self.of_bytes((real + 0.0).to_le_bytes().to_vec(), || Key::Real(real)),
            Said::List(list) => {
                self.of_bytes(bytes_of(list), || Key::List(list.iter().map(|it| (*it).into()).collect()))
            }
        }
    }

    fn of_text(&mut self, text: &str) -> u32 {
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        let text = Text::from(text);
        let number = self.push(Key::Text(Text::clone(&text)));
        self.texts.insert(text, number);
        number
    }

    fn of_whole(&mut self, whole: i64) -> u32 {
        if let Some(known) = self.wholes.get(&whole) {
            return *known;
        }
        let number = self.push(Key::Whole(whole));
        self.wholes.insert(whole, number);
        number
    }

    fn of_bytes(&mut self, bytes: Vec<u8>, key: impl FnOnce() -> Key) -> u32 {
        if let Some(known) = self.others.get(&bytes) {
            return *known;
        }
        let number = self.push(key());
        self.others.insert(bytes, number);
        number
    }

    fn of_key(&mut self, key: &Key) -> u32 {
        match key {
            Key::Nothing => self.of(Said::Nothing),
            Key::Text(text) => self.of(Said::Text(text)),
            Key::List(list) => self.of(Said::List(&list.iter().map(AsRef::as_ref).collect::<Vec<_>>())),
            Key::Whole(whole) => self.of(Said::Whole(*whole)),
            Key::Real(real) => self.of(Said::Real(*real)),
            Key::Flag(flag) => self.of(Said::Flag(*flag)),
        }
    }

    pub(super) fn key(&self, number: u32) -> &Key {
        self.keys.get(number as usize).unwrap_or(&Key::Nothing)
    }

    fn push(&mut self, key: Key) -> u32 {
        self.keys.push(key);
        u32::try_from(self.keys.len() - 1).expect("a block of rows is checked long before there are so many values")
    }
}

/// Bytes that are the same for equal lists and for nothing else.
fn bytes_of(list: &[&str]) -> Vec<u8> {
    let mut bytes = vec![2];
    for text in list {
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

impl Step {
    fn next(&mut self, group: u32, value: u32) -> u32 {
        let (before, place) = (group as usize, value as usize);
        if let Some(known) = self.near.get(before).and_then(|values| values.get(place)).filter(|known| **known > 0) {
            return known - 1;
        }
        let pair = u64::from(group) << 32 | u64::from(value);
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        let fresh = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push((group, value));
        if !self.put_near(before, place, fresh) {
            self.known.insert(pair, fresh);
        }
        fresh
    }

    /// Remembers a group where it is found at once, if there is place.
    fn put_near(&mut self, before: usize, place: usize, group: u32) -> bool {
        let has = |list: &Vec<Vec<u32>>| list.get(before).map_or(0, Vec::len);
        let more = (place + 1).saturating_sub(has(&self.near)) + (before + 1).saturating_sub(self.near.len());
        if self.near_len + more > NEAR_MAX {
            return false;
        }
        self.near_len += more;
        if self.near.len() <= before {
            self.near.resize_with(before + 1, Vec::new);
        }
        let values = &mut self.near[before];
        if values.len() <= place {
            values.resize(place + 1, 0);
        }
        values[place] = group.saturating_add(1);
        true
    }

    fn check(&self) -> Result<(), QueryError> {
        if self.members.len() > GROUPS_MAX {
            return Err(QueryError::TooMany { what: "groups", max: GROUPS_MAX });
        }
        Ok(())
    }

    /// Gives each row once for each of its values; `place` says where its amount is.
    fn spread(&mut self, entries: &[Entry], many: &Many, place: impl Fn(&Entry, usize) -> u32) -> Vec<Entry> {
        let mut spread = Vec::with_capacity(many.numbers.len());
        for entry in entries {
            for value in many.of(entry.row as usize) {
                let group = self.next(entry.group, many.numbers[value]);
                spread.push(Entry { row: entry.row, group, place: place(entry, value) });
            }
        }
        spread
    }
}

impl Groups {
    pub(super) fn new(metrics: &Metrics) -> Self {
        let axes = metrics.axes.len() + usize::from(metrics.bucket.is_some());
        Self {
            steps: (0..axes).map(|_| Step::default()).collect(),
            totals: metrics.totals.iter().map(|(_, keep)| Totals::new(*keep)).collect(),
        }
    }

    /// How many groups there are. Without dimensions there is one, even if no row is in it.
    pub(super) fn len(&self) -> usize {
        self.steps.last().map_or(1, |step| step.members.len())
    }

    /// The values that a group stands for.
    pub(super) fn keys<'n>(&self, numbers: &'n [Numbers], group: usize) -> Vec<&'n Key> {
        let mut keys = Vec::with_capacity(self.steps.len());
        let mut group = group;
        for (step, numbers) in self.steps.iter().zip(numbers).rev() {
            let Some((before, number)) = step.members.get(group) else { break };
            keys.push(numbers.key(*number));
            group = *before as usize;
        }
        keys.reverse();
        keys
    }

    /// Adds what was brought together elsewhere, with numbers of its own.
    pub(super) fn absorb(
        &mut self,
        numbers: &mut [Numbers],
        other: Self,
        other_numbers: &[Numbers],
    ) -> Result<(), QueryError> {
        let mut groups: Vec<u32> = vec![0];
        for (((own, other), numbers), other_numbers) in
            self.steps.iter_mut().zip(other.steps).zip(numbers).zip(other_numbers)
        {
            let values: Vec<u32> = other_numbers.keys.iter().map(|key| numbers.of_key(key)).collect();
            let moved = |(before, value): &(u32, u32)| own.next(groups[*before as usize], values[*value as usize]);
            groups = other.members.iter().map(moved).collect();
            own.check()?;
        }
        let count = self.len();
        self.totals.iter_mut().zip(other.totals).try_for_each(|(own, other)| own.absorb(count, other, &groups))
    }

    /// Adds rows.
    pub(super) fn add(&mut self, metrics: &Metrics, block: &Block) -> Result<(), QueryError> {
        let mut entries = entries_of(block);
        let mut split = None;
        for (axis, step) in block.axes.iter().zip(&mut self.steps) {
            match axis {
                Axis::One(numbers) => {
                    for entry in &mut entries {
                        entry.group = step.next(entry.group, numbers[entry.row as usize]);
                    }
                }
                Axis::Each(many) => entries = step.spread(&entries, many, |entry, _| entry.place),
                Axis::Split(many) => {
                    entries = step.spread(&entries, many, |_, place| u32::try_from(place).unwrap_or(u32::MAX));
                    split = Some(many.amounts.as_slice());
                }
            }
            step.check()?;
        }
        let groups = self.len();
        for (totals, (input, _)) in self.totals.iter_mut().zip(&metrics.totals) {
            totals.add(groups, &block.inputs[*input], split.unwrap_or_default(), &entries)?;
        }
        Ok(())
    }
}

fn entries_of(block: &Block) -> Vec<Entry> {
    let rows = u32::try_from(block.len).unwrap_or(u32::MAX);
    (0..rows).map(|row| Entry { row, group: 0, place: 0 }).collect()
}
