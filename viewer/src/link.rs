//! `farpane://connect/DEVICE`: the address that opens this viewer at one device. Any page can write
//! one, so it names a device and nothing else, and opening it never connects.

use farpane_protocol::ids::DeviceId;

/// What stands before the device.
const BEGINS: &str = "farpane://connect/";

/// Length of a device's id as it is written, in bytes.
const ID_BYTES: usize = 36;

/// Why something is no connect link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no link to a device: one looks like farpane://connect/ and the device's id")]
pub struct NoLink;

/// The device of a connect link. There is one way to write each, in small letters, and nothing may
/// stand before or after it.
///
/// # Errors
/// If it is anything else.
pub fn device(link: &str) -> Result<DeviceId, NoLink> {
    let id = link.strip_prefix(BEGINS).ok_or(NoLink)?;
    if id.len() != ID_BYTES {
        return Err(NoLink);
    }
    let device: DeviceId = id.parse().map_err(|_| NoLink)?;
    if device.to_string() == id {
        Ok(device)
    } else {
        Err(NoLink)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88";

    #[test]
    fn a_link_names_a_device() {
        let link = format!("{BEGINS}{ID}");
        assert_eq!(device(&link).map(|id| id.to_string()), Ok(ID.to_owned()));
    }

    #[test]
    fn what_is_more_or_less_than_a_device_is_no_link() {
        let upper = ID.to_uppercase();
        let bare = ID.replace('-', "");
        for link in [
            String::new(),
            "farpane://connect/".into(),
            ID.into(),
            format!("farpane:connect/{ID}"),
            format!("farpane:///connect/{ID}"),
            format!("https://connect/{ID}"),
            format!("FARPANE://connect/{ID}"),
            format!("farpane://open/{ID}"),
            format!("farpane://connect/{upper}"),
            format!("farpane://connect/{bare}"),
            format!("farpane://connect/{{{ID}}}"),
            format!("farpane://connect/urn:uuid:{ID}"),
            format!("farpane://connect/{ID}/"),
            format!("farpane://connect/{ID}?reason=x"),
            format!("farpane://connect/{ID}#now"),
            format!("farpane://connect/{ID} --view-only"),
            format!("farpane://anna@connect/{ID}"),
            format!(" farpane://connect/{ID}"),
            format!("farpane://connect/{ID}\n"),
            format!("farpane://connect/{ID}\0"),
            format!("farpane://connect/../{ID}"),
            "farpane://connect/till-07".into(),
            "farpane://connect/--data=/elsewhere/of/36/bytes/abc".into(),
            format!("farpane://connect/{}", "é".repeat(18)),
        ] {
            assert_eq!(device(&link), Err(NoLink), "{link:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_as_a_link_is_written_the_same(link in "\\PC{0,80}") {
            if let Ok(id) = device(&link) {
                prop_assert_eq!(format!("{BEGINS}{id}"), link);
            }
        }

        #[test]
        fn one_changed_letter_never_names_the_same_device(at in 0..54usize, letter in any::<char>()) {
            let link = format!("{BEGINS}{ID}");
            let mut letters: Vec<char> = link.chars().collect();
            letters[at] = letter;
            let changed: String = letters.into_iter().collect();
            let same = device(&changed).is_ok_and(|id| id.to_string() == ID);
            prop_assert_eq!(same, changed == link);
        }
    }
}
