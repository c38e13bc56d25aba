//! Laws that the records keep for any value, and for any damage.

use proptest::prelude::*;
use roaring::RoaringBitmap;
use spanstone_model::{ProjectId, Timestamp, Week};
use spanstone_segment::{Facts, Header, SegmentKind, Table};

use super::*;
use crate::ledger::v1::{self, Corrupt, PROJECT_ID_BYTES_MAX, Totals};

fn time() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.micros()..=Timestamp::MAX.micros()).prop_map(Timestamp::from_micros)
}

fn segment() -> impl Strategy<Value = SegmentRecord> {
    let project = prop_oneof![Just("p".to_owned()), "[a-z0-9/ 🦀ü-]{1,40}", "x{2400}"];
    let header = (any::<u64>(), project, time(), 0..2_usize, time());
    let span = || prop::option::of((time(), time()));
    let facts = (any::<[u32; 3]>(), span(), span(), any::<[u64; 2]>());
    (header, facts).prop_map(|((id, project, day, kind, created_at), (rows, time, start, bytes))| SegmentRecord {
        header: Header {
            id,
            project: ProjectId::from_wire(&project),
            week: Week::of(day),
            kind: SegmentKind::ALL[kind],
            created_at,
        },
        facts: Facts {
            traces: rows[0],
            observations: rows[1],
            scores: rows[2],
            time,
            start,
            raw_bytes: bytes[0],
            file_bytes: bytes[1],
        },
    })
}

fn dead_rows() -> impl Strategy<Value = DeadRows> {
    let rows = prop_oneof![
        Just(RoaringBitmap::new()),
        prop::collection::vec(any::<u32>(), 1..200).prop_map(|rows| rows.into_iter().collect()),
        (0..100_000_u32, 1..100_000_u32).prop_map(|(first, count)| (first..first + count).collect()),
    ];
    (any::<u64>(), 0..3_usize, rows).prop_map(|(segment, table, rows)| DeadRows {
        segment,
        table: Table::ALL[table],
        rows,
    })
}

fn state() -> impl Strategy<Value = ArchiveState> {
    any::<[u64; 6]>().prop_map(|numbers| ArchiveState {
        changes: numbers[0],
        cut: numbers[1].min(u64::MAX - 1),
        cut_totals: Totals { entries: numbers[2], body_bytes: numbers[3], stored_bytes: numbers[4] },
        segment_max: numbers[5].min(u64::MAX - 1),
    })
}

/// Asserts that `bytes` give back `value`, and that they give nothing when one bit flips, or when they are cut.
fn survives<T: std::fmt::Debug + PartialEq>(bytes: &[u8], value: &T, decode: impl Fn(&[u8]) -> Result<T, Corrupt>) {
    assert_eq!(decode(bytes).as_ref(), Ok(value));
    // Every bit of a short record, and every bit of the head and the end of a long one.
    let ends = (0..bytes.len()).filter(|byte| *byte < 200 || byte + 20 > bytes.len());
    for place in ends {
        assert!(decode(&bytes[..place]).is_err(), "cut to {place} bytes");
        for bit in 0..8 {
            let mut flipped = bytes.to_vec();
            flipped[place] ^= 1 << bit;
            assert!(decode(&flipped).is_err(), "bit {bit} of byte {place} flipped");
        }
    }
    assert!(decode(&[bytes, &[0]].concat()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_segment_survives_and_nothing_like_it_is_taken_for_it(record in segment()) {
        survives(&record.encode().unwrap(), &record, SegmentRecord::decode);
    }

    #[test]
    fn dead_rows_survive_and_nothing_like_them_is_taken_for_them(dead in dead_rows()) {
        survives(&dead.encode().unwrap(), &dead, DeadRows::decode);
    }

    #[test]
    fn the_state_survives_and_nothing_like_it_is_taken_for_it(state in state()) {
        survives(&state.encode(), &state, ArchiveState::decode);
    }

    #[test]
    fn the_meta_record_survives_and_nothing_like_it_is_taken_for_it(
        created_at in time(),
        store_id in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let meta = Meta { created_at, store_id };
        survives(&meta.encode(FORMAT_VERSION), &meta, Meta::decode);
    }

    #[test]
    fn any_bytes_decode_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = SegmentRecord::decode(&bytes);
        let _ = DeadRows::decode(&bytes);
        let _ = ArchiveState::decode(&bytes);
        let _ = Meta::decode(&bytes);
    }
}

#[test]
fn version_1_sees_that_a_later_version_wrote_the_meta_record() {
    let record = Meta { created_at: Timestamp::default(), store_id: b"store".to_vec() }.encode(FORMAT_VERSION);
    assert_eq!(v1::Meta::format_of(&record), Ok(FORMAT_VERSION));
    const { assert!(FORMAT_VERSION > v1::FORMAT_VERSION) };
    assert!(v1::Meta::decode(&record).is_err());
}

#[test]
fn a_project_id_that_cannot_be_stored_is_refused() {
    let record = |project: &str| SegmentRecord {
        header: Header {
            id: 1,
            project: ProjectId::from_wire(project),
            week: Week::of(Timestamp::default()),
            kind: SegmentKind::Scores,
            created_at: Timestamp::default(),
        },
        facts: Facts::default(),
    };
    assert!(record(&"x".repeat(PROJECT_ID_BYTES_MAX)).encode().is_some());
    assert_eq!(record("").encode(), None);
    assert_eq!(record(&"x".repeat(PROJECT_ID_BYTES_MAX + 1)).encode(), None);
}

#[test]
fn dead_rows_beyond_the_limit_are_refused() {
    // Every other row: a bitmap of 8 KiB for each 65,536 rows.
    let every_other = |containers: u32| (0..containers << 15).map(|row| row * 2).collect::<RoaringBitmap>();
    let encoded = |rows| DeadRows { segment: 1, table: Table::Traces, rows }.encode();
    assert!(encoded(every_other(100)).is_some());
    assert_eq!(encoded(every_other(2_048)), None);
}
