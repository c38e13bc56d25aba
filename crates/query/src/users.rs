//! Lists of users: whom traces name, and what their traces come to.
//!
//! Owns the sums by user, from the columns of traces alone: a trace row knows what its observations come to.

use std::cmp::Ordering;
use std::ops::Range;

use arrow_array::Array;
use hashbrown::HashMap;
use roaring::RoaringBitmap;
use spanstone_model::{Cost, Text, Timestamp, TraceStats};
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::{Table, columns};
use spanstone_store::{LiveSegment, Sealed};

use crate::error::Fault;
use crate::filter::Filter;
use crate::page::{Direction, Page, PageRequest};
use crate::sealed::scan::Scanner;
use crate::sealed::{select, with_segment};
use crate::traces::Asked;
use crate::{QueryError, Watch, top};

/// How many users a project may have for their list.
pub const USERS_MAX: usize = 1_000_000;

/// Which users are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct UserQuery {
    /// Those of traces that pass this; what else they did does not count.
    pub filter: Filter,
    /// Those whose name contains this, in whatever case.
    pub search: Option<String>,
    /// In this order; of equal ones by name.
    pub order: UserOrder,
    /// Which end comes first.
    pub direction: Direction,
    /// Of them this page.
    pub page: PageRequest,
}

/// What a list of users is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserOrder {
    /// Their names.
    Id,
    /// Their first trace.
    FirstSeen,
    /// Their last trace.
    LastSeen,
    /// How many traces they have.
    Traces,
    /// How many observations these have.
    Observations,
    /// How many tokens they used.
    TotalTokens,
    /// What they cost.
    TotalCost,
}

/// A user, and what the traces that name them come to.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRow {
    /// Their name, as clients gave it.
    pub id: Text,
    /// What their traces come to.
    pub sums: UserSums,
}

/// What the traces of a user come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserSums {
    /// When the first trace began.
    pub first_seen: Timestamp,
    /// When the last trace began.
    pub last_seen: Timestamp,
    /// Traces.
    pub traces: u64,
    /// Their observations.
    pub observations: u64,
    /// The sum of all usage whose type contains "input".
    pub input_tokens: u64,
    /// The sum of all usage whose type contains "output".
    pub output_tokens: u64,
    /// The sum of the total usages.
    pub total_tokens: u64,
    /// The sum of the known total costs.
    pub cost: Cost,
}

/// The users seen so far, by name.
#[derive(Debug, Default)]
pub struct Users(HashMap<String, UserSums>);

impl UserSums {
    /// One trace.
    fn of(timestamp: Timestamp, stats: &TraceStats) -> Self {
        Self {
            first_seen: timestamp,
            last_seen: timestamp,
            traces: 1,
            observations: stats.observation_count(),
            input_tokens: stats.input_tokens,
            output_tokens: stats.output_tokens,
            total_tokens: stats.total_tokens,
            cost: stats.total_cost,
        }
    }

    fn add(&mut self, other: &Self) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.traces = self.traces.saturating_add(other.traces);
        self.observations = self.observations.saturating_add(other.observations);
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.total_tokens = self.total_tokens.saturating_add(other.total_tokens);
        self.cost = self.cost.saturating_add(other.cost);
    }
}

impl Users {
    /// Collects the users of the traces in memory that pass.
    #[must_use]
    pub fn look(query: &UserQuery, view: LayeredView<'_>) -> Self {
        let mut users = Self::default();
        for trace in view.traces() {
            let Some(user) = &trace.trace().user_id else { continue };
            let asked = Asked::new(trace);
            if asked.matches(&query.filter, None) {
                users.add(user, &UserSums::of(trace.trace().timestamp, asked.stats()));
            }
        }
        users
    }

    /// Adds the sealed ones, and gives a page of those that are wanted.
    ///
    /// # Errors
    /// Fails when the page is too far from the first, when there are too many users, when it takes too long, or nobody waits
    /// any more.
    pub fn finish(self, query: &UserQuery, sealed: &Sealed, watch: &Watch) -> Result<Page<UserRow>, QueryError> {
        let rows_max = top::rows_of(query.page)?;
        let mut users = self;
        for live in sealed.segments() {
            // Of a segment that turns out damaged half way, nothing is added.
            let found = with_segment(sealed, live, watch, |scanner| of_segment(query, scanner, live))?;
            for (user, sums) in found.into_iter().flat_map(|found| found.0) {
                users.add(&user, &sums);
            }
            if users.0.len() > USERS_MAX {
                return Err(QueryError::TooMany { what: "users", max: USERS_MAX });
            }
        }
        Ok(users.page(query, rows_max))
    }

    fn page(self, query: &UserQuery, rows_max: usize) -> Page<UserRow> {
        let search = query.search.as_deref().map(str::to_lowercase);
        let is_wanted = |id: &str| search.as_ref().is_none_or(|part| id.to_lowercase().contains(part));
        let mut rows: Vec<_> = self.0.into_iter().filter(|(id, _)| is_wanted(id)).collect();
        let total = rows.len();
        let order = |left: &(String, UserSums), right: &(String, UserSums)| query.compare(left, right);
        if rows.len() > rows_max && rows_max > 0 {
            rows.select_nth_unstable_by(rows_max - 1, order);
            rows.truncate(rows_max);
        }
        rows.sort_unstable_by(order);
        let page = rows.into_iter().skip(query.page.offset());
        Page { rows: page.map(|(id, sums)| UserRow { id: Text::from(id.as_str()), sums }).collect(), total }
    }

    fn add(&mut self, user: &str, sums: &UserSums) {
        self.0.entry_ref(user).and_modify(|known| known.add(sums)).or_insert(*sums);
    }
}

impl UserQuery {
    fn compare(&self, (left_id, left): &(String, UserSums), (right_id, right): &(String, UserSums)) -> Ordering {
        let order = match self.order {
            UserOrder::Id => left_id.cmp(right_id),
            UserOrder::FirstSeen => left.first_seen.cmp(&right.first_seen),
            UserOrder::LastSeen => left.last_seen.cmp(&right.last_seen),
            UserOrder::Traces => left.traces.cmp(&right.traces),
            UserOrder::Observations => left.observations.cmp(&right.observations),
            UserOrder::TotalTokens => left.total_tokens.cmp(&right.total_tokens),
            UserOrder::TotalCost => left.cost.cmp(&right.cost),
        };
        let order = match self.direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        };
        order.then_with(|| left_id.cmp(right_id))
    }
}

fn of_segment(query: &UserQuery, scanner: Scanner<'_>, live: &LiveSegment) -> Result<Users, Fault> {
    let rows = select::traces(scanner, live, &query.filter, None)?;
    let mut users = Users::default();
    if rows.is_empty() {
        return Ok(users);
    }
    for stretch in scanner.segment.stretches(Table::Traces)? {
        scanner.watch.check()?;
        users.add_stretch(scanner, stretch.rows, &rows)?;
    }
    Ok(users)
}

/// What is read of traces, in this order.
const SUMMED: [&str; 9] = [
    columns::traces::TIMESTAMP,
    columns::traces::COUNT_DEBUG,
    columns::traces::COUNT_DEFAULT,
    columns::traces::COUNT_WARNING,
    columns::traces::COUNT_ERROR,
    columns::traces::INPUT_TOKENS,
    columns::traces::OUTPUT_TOKENS,
    columns::traces::TOTAL_TOKENS,
    columns::traces::TOTAL_COST,
];

impl Users {
    fn add_stretch(&mut self, scanner: Scanner<'_>, stretch: Range<u32>, wanted: &RoaringBitmap) -> Result<(), Fault> {
        let mut rows = RoaringBitmap::new();
        rows.insert_range(stretch.clone());
        rows &= wanted;
        let coded = scanner.segment.coded(Table::Traces, columns::traces::USER_ID, stretch.clone())?;
        let names = coded.texts()?;
        let mut user_of: Vec<Option<u32>> = vec![None; stretch.len()];
        let mut named = RoaringBitmap::new();
        coded.each_row(&rows, |row, codes| {
            if let Some(code) = codes.first().filter(|_| rows.contains(row)) {
                user_of[(row - stretch.start) as usize] = Some(*code);
                named.insert(row);
            }
        })?;
        let mut sums: Vec<Option<UserSums>> = vec![None; names.len()];
        scanner.each_row(Table::Traces, &SUMMED, &named, |row, batch, place| {
            let count = |index: usize| Ok::<_, Fault>(batch.counts(index)?.value(place));
            let (timestamp, costs) = (Timestamp::from_micros(batch.integers(0)?.value(place)), batch.integers(8)?);
            let one = UserSums {
                first_seen: timestamp,
                last_seen: timestamp,
                traces: 1,
                observations: (1..=4)
                    .try_fold(0_u64, |sum, index| Ok::<_, Fault>(sum.saturating_add(count(index)?)))?,
                input_tokens: count(5)?,
                output_tokens: count(6)?,
                total_tokens: count(7)?,
                cost: if costs.is_valid(place) { Cost::from_picodollars(costs.value(place)) } else { Cost::default() },
            };
            if let Some(code) = user_of[(row - stretch.start) as usize] {
                let known = &mut sums[code as usize];
                match known {
                    Some(known) => known.add(&one),
                    None => *known = Some(one),
                }
            }
            Ok(())
        })?;
        for (name, sums) in names.iter().zip(&sums) {
            if let Some(sums) = sums {
                self.add(name, sums);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(traces: u64) -> UserSums {
        let time = Timestamp::from_micros(0);
        UserSums {
            first_seen: time,
            last_seen: time,
            traces,
            observations: 0,
            input_tokens: 0,
            output_tokens: 0,
            total_tokens: 0,
            cost: Cost::default(),
        }
    }

    fn listed(order: UserOrder, direction: Direction, page: u32, search: Option<&str>) -> (Vec<String>, usize) {
        let users =
            Users(["b", "a", "C", "d"].into_iter().zip([2, 2, 1, 3]).map(|(id, n)| (id.to_owned(), sums(n))).collect());
        let page = PageRequest { page, limit: 2 };
        let query = UserQuery { filter: Filter::all(), search: search.map(str::to_owned), order, direction, page };
        let rows_max = top::rows_of(query.page).expect("it is near the first");
        let page = users.page(&query, rows_max);
        (page.rows.iter().map(|row| row.id.to_string()).collect(), page.total)
    }

    #[test]
    fn equal_users_are_in_order_of_their_names_and_pages_do_not_overlap() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(listed(UserOrder::Traces, Direction::Descending, 1, None), (names(&["d", "a"]), 4));
        assert_eq!(listed(UserOrder::Traces, Direction::Descending, 2, None), (names(&["b", "C"]), 4));
        assert_eq!(listed(UserOrder::Id, Direction::Ascending, 1, None), (names(&["C", "a"]), 4));
        assert_eq!(listed(UserOrder::Id, Direction::Ascending, 1, Some("c")), (names(&["C"]), 1));
        assert_eq!(listed(UserOrder::Id, Direction::Ascending, 9, None), (names(&[]), 4));
    }
}
