//! Laws that the records keep for any value, and for any damage.

use proptest::prelude::*;
use spanstone_model::{BodyKind, EntryHeader, ProjectId, Sender, Timestamp};

use super::*;

fn header() -> impl Strategy<Value = EntryHeader> {
    let project = prop_oneof![Just("p".to_owned()), "[a-z0-9/ 🦀ü-]{1,40}", "x{2400}"];
    let sender = prop_oneof![
        Just(Sender::default()),
        ("[a-z-]{0,20}", "[a-z]{0,9}", "[0-9.ü]{0,8}").prop_map(|(key, name, version)| Sender::new(
            Some(&key),
            Some(&name),
            Some(&version)
        )),
    ];
    (project, 0..BodyKind::ALL.len(), any::<i64>(), any::<bool>(), sender).prop_map(
        |(project, kind, micros, scores_only, sender)| EntryHeader {
            project: ProjectId::from_wire(&project),
            kind: BodyKind::ALL[kind],
            received_at: Timestamp::from_micros(micros),
            scores_only,
            media_taken: scores_only,
            sender,
        },
    )
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 0..300),
        // Incompressible, so that blocks have several parts.
        (any::<u64>(), 3_000..90_000_usize).prop_map(|(seed, length)| noise(seed, length)),
    ]
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// An entry as it was sent.
type Sent = (EntryHeader, Vec<u8>);

fn entries() -> impl Strategy<Value = Vec<Sent>> {
    prop::collection::vec((header(), body()), 1..8)
}

/// The rows of a block.
fn rows(block: u64, sent: &[Sent]) -> Vec<Vec<u8>> {
    let bodies: Vec<_> = sent.iter().map(|(_, body)| EncodedBody::encode(body).unwrap()).collect();
    let pieces: Vec<_> = sent
        .iter()
        .zip(&bodies)
        .map(|((header, _), body)| Piece {
            head: FrameHead { header: header.clone(), size: body.size() }.encode().unwrap(),
            stored: body.stored(),
        })
        .collect();
    let mut rows = Vec::new();
    assemble::<()>(block, &pieces, Totals::default(), |part, bytes| {
        assert_eq!(usize::try_from(part), Ok(rows.len()));
        rows.push(bytes.to_vec());
        Ok(())
    })
    .unwrap();
    rows
}

/// What fetching a part gives.
type Fetched = Result<Vec<u8>, Fault>;

fn parts(block: u64, rows: Vec<Option<Vec<u8>>>) -> Result<Parts<impl FnMut(u32) -> Fetched>, Fault> {
    Parts::open(block, move |part: u32| match rows.get(part as usize) {
        Some(Some(row)) => Ok(row.clone()),
        Some(None) => Err(Fault::Unreadable("damaged".to_owned())),
        None => Err(Fault::Missing),
    })
}

/// Every entry that `found` gives, whole, by its number.
fn whole(found: &[Found]) -> Vec<(u32, Sent)> {
    found
        .iter()
        .filter_map(|found| match found {
            Found::Entry { index, frame } => Some((*index, (frame.header.clone(), frame.body.restore().ok()?))),
            Found::Lost(_) => None,
        })
        .collect()
}

/// Every number that `found` accounts for, in order.
fn numbers(found: &[Found]) -> Vec<u32> {
    found
        .iter()
        .flat_map(|found| match found {
            Found::Entry { index, .. } => *index..*index + 1,
            Found::Lost(lost) => lost.entries.clone(),
        })
        .collect()
}

fn numbered(sent: &[Sent]) -> Vec<(u32, Sent)> {
    (0..).zip(sent.iter().cloned()).collect()
}

/// Where the stored bytes of each entry lie in the stream of frames.
fn extents(sent: &[Sent]) -> Vec<std::ops::Range<usize>> {
    let mut at = 0;
    sent.iter()
        .map(|(header, body)| {
            let body = EncodedBody::encode(body).unwrap();
            let head = FrameHead { header: header.clone(), size: body.size() }.encode().unwrap();
            let length = head.len() + body.stored_len();
            at += length;
            at - length..at
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_block_gives_back_what_was_sent(sent in entries(), block in 1..u64::MAX) {
        let rows = rows(block, &sent);
        prop_assert_eq!(whole(&decode_block(&rows.concat()).unwrap()), numbered(&sent));
        let mut parts = parts(block, rows.into_iter().map(Some).collect()).unwrap();
        prop_assert_eq!(parts.entries() as usize, sent.len());
        for (index, (header, body)) in numbered(&sent).into_iter().rev() {
            let frame = parts.entry(index).unwrap();
            prop_assert_eq!((frame.header, frame.body.restore().unwrap()), (header, body));
        }
    }

    #[test]
    fn a_lost_part_costs_the_entries_that_have_bytes_in_it_and_no_other(
        sent in entries(),
        lost in any::<prop::sample::Index>(),
    ) {
        let rows = rows(7, &sent);
        let lost = lost.index(rows.len());
        let lengths: Vec<_> = rows.iter().map(|row| Part::decode(row.clone()).unwrap().payload().len()).collect();
        let begin: usize = lengths[..lost].iter().sum();
        let hit = begin..begin + lengths[lost];
        let survivors: Vec<_> = numbered(&sent)
            .into_iter()
            .zip(extents(&sent))
            .filter(|(_, extent)| extent.end <= hit.start || hit.end <= extent.start)
            .map(|(numbered, _)| numbered)
            .collect();
        let damaged: Vec<_> =
            rows.into_iter().enumerate().map(|(part, row)| (part != lost).then_some(row)).collect();
        let Ok(opened) = parts(7, damaged.clone()) else {
            prop_assert_eq!(damaged.len(), 1);
            return Ok(());
        };
        let found: Vec<_> = Walk::new(opened).collect();
        prop_assert_eq!(numbers(&found), (0..u32::try_from(sent.len()).unwrap()).collect::<Vec<_>>());
        prop_assert_eq!(&whole(&found), &survivors);
        let mut opened = parts(7, damaged).unwrap();
        for (index, entry) in survivors {
            let frame = opened.entry(index).unwrap();
            prop_assert_eq!((frame.header.clone(), frame.body.restore().unwrap()), entry);
        }
    }

    #[test]
    fn a_flipped_bit_or_a_cut_never_gives_an_entry_that_was_not_sent(
        sent in entries(),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u8,
        cut in any::<bool>(),
    ) {
        let mut bytes = rows(3, &sent).concat();
        let place = place.index(bytes.len());
        if cut {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << bit;
        }
        if let Ok(found) = decode_block(&bytes) {
            let sent = numbered(&sent);
            for entry in whole(&found) {
                prop_assert!(sent.contains(&entry));
            }
            prop_assert_eq!(numbers(&found), (0..u32::try_from(sent.len()).unwrap()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_bytes_decode_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode_block(&bytes);
        let _ = Document::decode(&bytes);
        let _ = Meta::decode(&bytes);
        let _ = Meta::format_of(&bytes);
        let _ = FrameHead::decode(&bytes);
        let _ = Part::decode(bytes);
    }

    #[test]
    fn a_document_survives_and_nothing_like_it_is_taken_for_it(
        kind in any::<u8>(),
        id in "[a-zA-Z0-9ü🦀]{1,60}",
        content in prop::collection::vec(any::<u8>(), 0..500),
        bit in any::<prop::sample::Index>(),
    ) {
        let document = Document { kind, id: &id, content: &content };
        let bytes = document.encode().unwrap();
        prop_assert_eq!(Document::decode(&bytes), Ok(document));
        for length in 0..bytes.len() {
            prop_assert!(Document::decode(&bytes[..length]).is_err());
        }
        let mut flipped = bytes;
        let bit = bit.index(flipped.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Document::decode(&flipped).is_err());
    }

    #[test]
    fn the_meta_record_survives_and_nothing_like_it_is_taken_for_it(
        micros in -1_000_000_i64..1 << 50,
        store_id in prop::collection::vec(any::<u8>(), 0..64),
        bit in any::<prop::sample::Index>(),
    ) {
        let meta = Meta { format: FORMAT_VERSION, created_at: Timestamp::from_micros(micros), store_id };
        let bytes = meta.encode();
        prop_assert_eq!(Meta::decode(&bytes), Ok(meta));
        let mut flipped = bytes;
        let bit = bit.index(flipped.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Meta::decode(&flipped).is_err());
    }

    #[test]
    fn every_flipped_bit_of_a_part_is_noticed(body in body(), bit in any::<prop::sample::Index>()) {
        let sent = [(EntryHeader {
            project: ProjectId::from_wire("p"),
            kind: BodyKind::OtlpJson,
            received_at: Timestamp::default(),
            scores_only: true,
            media_taken: false,
            sender: Sender::new(Some("pk"), None, None),
        }, body)];
        let mut row = rows(1, &sent).swap_remove(0);
        prop_assert!(Part::decode(row.clone()).is_ok());
        let bit = bit.index(row.len() * 8);
        row[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Part::decode(row).is_err());
    }
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let length = BODY_BYTES_MAX + 1;
    assert_eq!(EncodedBody::encode(&vec![0; length]), Err(BodyMismatch::TooLong { bytes: length }));
}

#[test]
fn a_project_id_or_a_document_id_that_cannot_be_stored_is_refused() {
    let head = |project: &str| FrameHead {
        header: EntryHeader::new(ProjectId::from_wire(project), BodyKind::LangfuseBatch, Timestamp::default()),
        size: Size { stored_bytes: 0, body_bytes: 0, body_crc: 0 },
    };
    assert!(head(&"x".repeat(PROJECT_ID_BYTES_MAX)).encode().is_some());
    assert_eq!(head("").encode(), None);
    assert_eq!(head(&"x".repeat(PROJECT_ID_BYTES_MAX + 1)).encode(), None);
    let document = |id: &str| Document { kind: 1, id, content: b"{}" }.encode();
    assert!(document(&"x".repeat(DOCUMENT_ID_BYTES_MAX)).is_some());
    assert_eq!(document(""), None);
    assert_eq!(document(&"x".repeat(DOCUMENT_ID_BYTES_MAX + 1)), None);
}
