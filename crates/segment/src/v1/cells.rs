//! Cells of bytes: input and output, metadata and its stamps, sums by environment.

use spanstone_model::{Cost, PayloadRef, Stamp, StampKind, Summary, Text, Timestamp, TraceStats};

use super::bytes::{Reader, put_text, put_varint, put_zigzag};

const HAS_INPUT: u8 = 1;
const HAS_OUTPUT: u8 = 2;

/// What comes before input and output in their cell; none when there is neither.
pub(crate) fn payload_head(input: Option<&str>, output: Option<&str>) -> Option<Vec<u8>> {
    let flags = if input.is_some() { HAS_INPUT } else { 0 } | if output.is_some() { HAS_OUTPUT } else { 0 };
    let mut head = vec![flags];
    put_varint(&mut head, input.map_or(0, str::len) as u64);
    (flags != 0).then_some(head)
}

/// Input and output of a cell of the column `payload`.
///
/// # Errors
/// Says what is wrong with the cell.
pub fn input_and_output(cell: &[u8]) -> Result<(Option<&str>, Option<&str>), String> {
    let mut reader = Reader::new(cell);
    let flags = reader.u8()?;
    if flags == 0 || flags > HAS_INPUT + HAS_OUTPUT {
        return Err(format!("there are no payloads with flags {flags}"));
    }
    let input = reader.text()?;
    let output = std::str::from_utf8(reader.rest()).map_err(|error| format!("an output that is not UTF-8: {error}"))?;
    if (flags & HAS_INPUT == 0 && !input.is_empty()) || (flags & HAS_OUTPUT == 0 && !output.is_empty()) {
        return Err(format!("there is more text than flags {flags} announce"));
    }
    Ok(((flags & HAS_INPUT != 0).then_some(input), (flags & HAS_OUTPUT != 0).then_some(output)))
}

/// The bytes of pieces of metadata; none without any.
pub(crate) fn encode_metadata(pieces: &[Text]) -> Option<Vec<u8>> {
    if pieces.is_empty() {
        return None;
    }
    let mut cell = Vec::with_capacity(pieces.iter().map(|piece| piece.len() + 5).sum());
    for piece in pieces {
        put_text(&mut cell, piece);
    }
    Some(cell)
}

/// The pieces of a cell of the column `metadata`, each a JSON object, in the order in which they are merged.
///
/// # Errors
/// Says what is wrong with the cell.
pub fn metadata_pieces(cell: &[u8]) -> Result<Vec<&str>, String> {
    let mut reader = Reader::new(cell);
    let mut pieces = Vec::new();
    while reader.end().is_err() {
        pieces.push(reader.text()?);
    }
    Ok(pieces)
}

/// The bytes of the stamps of a row's metadata; none without any.
pub(crate) fn encode_stamps(metadata: &[(Stamp, PayloadRef)], time: Timestamp) -> Option<Vec<u8>> {
    if metadata.is_empty() {
        return None;
    }
    let mut cell = Vec::with_capacity(metadata.len() * 3);
    let mut before = base_of(time);
    for (stamp, _) in metadata {
        put_zigzag(&mut cell, stamp.number().wrapping_sub(before));
        before = stamp.number();
    }
    Some(cell)
}

/// The metadata that a cell of stamps stands for.
pub(crate) fn decode_stamps(cell: &[u8], time: Timestamp) -> Result<Vec<(Stamp, PayloadRef)>, String> {
    let mut reader = Reader::new(cell);
    let mut metadata = Vec::new();
    let mut before = base_of(time);
    while reader.end().is_err() {
        before = before.wrapping_add(reader.zigzag()?);
        let number = u32::try_from(metadata.len()).map_err(|_| "too many pieces of metadata".to_owned())?;
        metadata.push((Stamp::from_number(before), PayloadRef::Sealed(number)));
    }
    Ok(metadata)
}

/// Stamps are near the time of their row, so they are stored as the difference to it.
fn base_of(time: Timestamp) -> i64 {
    Stamp::new(time, StampKind::Create).number()
}

/// The bytes of sums by environment.
pub(crate) fn encode_by_environment(summary: &Summary) -> Vec<u8> {
    let mut cell = Vec::new();
    for (environment, stats) in summary.by_environment() {
        put_text(&mut cell, environment);
        cell.push(u8::from(stats.span.is_some()));
        if let Some((first, last)) = stats.span {
            put_zigzag(&mut cell, first.micros());
            put_zigzag(&mut cell, last.micros());
        }
        for cost in [stats.total_cost, stats.input_cost, stats.output_cost] {
            put_zigzag(&mut cell, cost.picodollars());
        }
        for count in [stats.with_cost, stats.input_tokens, stats.output_tokens, stats.total_tokens] {
            put_varint(&mut cell, count);
        }
        for count in stats.level_counts {
            put_varint(&mut cell, count);
        }
    }
    cell
}

/// The sums of a cell of the column `by_environment`.
pub(crate) fn decode_by_environment(cell: &[u8]) -> Result<Vec<(Text, TraceStats)>, String> {
    let mut reader = Reader::new(cell);
    let mut parts = Vec::new();
    while reader.end().is_err() {
        let environment = Text::from(reader.text()?);
        let span = match reader.u8()? {
            0 => None,
            1 => Some((Timestamp::from_micros(reader.zigzag()?), Timestamp::from_micros(reader.zigzag()?))),
            other => return Err(format!("there is no flag {other}")),
        };
        let mut cost = || reader.zigzag().map(Cost::from_picodollars);
        let (total_cost, input_cost, output_cost) = (cost()?, cost()?, cost()?);
        let [with_cost, input_tokens, output_tokens, total_tokens] =
            [reader.varint()?, reader.varint()?, reader.varint()?, reader.varint()?];
        let level_counts = [reader.varint()?, reader.varint()?, reader.varint()?, reader.varint()?];
        let stats = TraceStats {
            span,
            total_cost,
            input_cost,
            output_cost,
            with_cost,
            input_tokens,
            output_tokens,
            total_tokens,
            level_counts,
        };
        parts.push((environment, stats));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell_of(input: Option<&str>, output: Option<&str>) -> Option<Vec<u8>> {
        let mut cell = payload_head(input, output)?;
        cell.extend_from_slice(input.unwrap_or_default().as_bytes());
        cell.extend_from_slice(output.unwrap_or_default().as_bytes());
        Some(cell)
    }

    proptest! {
        #[test]
        fn input_and_output_read_back(input: Option<String>, output: Option<String>) {
            let (input, output) = (input.as_deref(), output.as_deref());
            match cell_of(input, output) {
                Some(cell) => prop_assert_eq!(input_and_output(&cell), Ok((input, output))),
                None => prop_assert_eq!((input, output), (None, None)),
            }
        }

        #[test]
        fn no_cell_makes_a_reader_panic(cell: Vec<u8>) {
            let _ = input_and_output(&cell);
            let _ = metadata_pieces(&cell);
            let _ = decode_stamps(&cell, Timestamp::MAX);
            let _ = decode_by_environment(&cell);
        }
    }

    #[test]
    fn a_cell_that_contradicts_itself_is_refused() {
        assert_eq!(input_and_output(&[3, 1, b'a', b'b']), Ok((Some("a"), Some("b"))));
        for cell in [&[0, 0][..], &[4, 0], &[2, 1, b'a'], &[1, 1, b'a', b'b'], &[1, 9, b'a'], &[1, 1, 0xff], &[]] {
            assert!(input_and_output(cell).is_err(), "{cell:?}");
        }
    }
}
