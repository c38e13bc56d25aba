//! Who sent an entry: the public part of the key, the name and the version of the client library.

use spanstone_model::Sender;

/// The bytes; none for a sender of whom nothing is known.
pub(in crate::ledger) fn encode(sender: &Sender) -> Vec<u8> {
    let mut bytes = Vec::new();
    if sender.is_unknown() {
        return bytes;
    }
    for text in [sender.api_key(), sender.sdk_name(), sender.sdk_version()] {
        let text = text.map_or("", |text| &**text);
        // At most 200 characters, of at most four bytes each.
        let length = u16::try_from(text.len()).unwrap_or(0);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&text.as_bytes()[..usize::from(length)]);
    }
    bytes
}

/// What the bytes say; nothing when they are not what [`encode`] writes.
pub(in crate::ledger) fn decode(bytes: &[u8]) -> Option<Sender> {
    if bytes.is_empty() {
        return Some(Sender::default());
    }
    let mut rest = bytes;
    let mut text = || {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        let (text, behind) = behind.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        rest = behind;
        std::str::from_utf8(text).ok()
    };
    let (api_key, sdk_name, sdk_version) = (text()?, text()?, text()?);
    let sender = Sender::new(Some(api_key), Some(sdk_name), Some(sdk_version));
    (encode(&sender) == bytes).then_some(sender)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_sender_reads_back(texts in prop::array::uniform3(prop::option::of(".{0,250}"))) {
            let [api_key, sdk_name, sdk_version] = &texts;
            let sender = Sender::new(api_key.as_deref(), sdk_name.as_deref(), sdk_version.as_deref());
            let bytes = encode(&sender);
            prop_assert_eq!(bytes.is_empty(), sender.is_unknown());
            prop_assert_eq!(decode(&bytes), Some(sender));
            for cut in 1..bytes.len() {
                prop_assert_eq!(decode(&bytes[..cut]), None);
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
