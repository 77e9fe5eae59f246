//! Checks the two parameter sets of a stream before the decoder library sees them: profile, size,
//! number and everything that makes it allocate. There is one of each, numbered 0: a stream that
//! turns to other sets within a run of pictures would have the decoder set itself up anew.

use crate::codec::StreamFault;

use super::bits::Bits;

/// Most reference pictures that a stream may ask for. Our encoder uses one; each costs the
/// decoder one and a half bytes per pixel.
const MAX_REFERENCES: u32 = 4;

/// Highest level of the standard that the decoder knows: 5.2.
const MAX_LEVEL: u32 = 52;

/// What a sequence parameter set says that the rest of the stream must fit to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    /// Width of the picture after cropping, in pixels.
    pub(super) width: u32,
    /// Height of the picture after cropping, in pixels.
    pub(super) height: u32,
}

impl Sequence {
    /// Reads what follows the header byte of a type 7 unit (H.264 §7.3.2.1.1), and takes only
    /// constrained baseline without interlacing. The colour description behind it (VUI) is left
    /// to the decoder, which neither allocates nor delays baseline pictures by it.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, StreamFault> {
        let mut bits = Bits::new(payload)?;
        let profile = bits.bits(8)?;
        let constraints = bits.bits(8)?;
        // constraint_set1_flag: none of baseline's flexible macroblock order, which the
        // standard's main profile lacks and few decoders were ever tested with.
        if profile != 66 || constraints & 0b0100_0000 == 0 || bits.bits(8)? > MAX_LEVEL {
            return Err(StreamFault::Profile);
        }
        if bits.golomb(31)? != 0 {
            return Err(StreamFault::Structure);
        }
        bits.golomb(12)?; // log2_max_frame_num_minus4
        match bits.golomb(2)? {
            0 => {
                bits.golomb(12)?; // log2_max_pic_order_cnt_lsb_minus4
            }
            // Order by a cycle of offsets: up to 255 numbers that our encoders never send.
            1 => return Err(StreamFault::Profile),
            _ => {}
        }
        let references = bits.golomb(16)?;
        let gaps_allowed = bits.flag()?;
        if references > MAX_REFERENCES || gaps_allowed {
            return Err(StreamFault::Profile);
        }
        let width = (bits.golomb(1023)? + 1) * 16;
        let height = (bits.golomb(1023)? + 1) * 16;
        let frames_only = bits.flag()?;
        if !frames_only {
            return Err(StreamFault::Profile);
        }
        bits.flag()?; // direct_8x8_inference_flag
        let (width, height) = if bits.flag()? {
            crop(&mut bits, width, height)?
        } else {
            (width, height)
        };
        Ok(Self { width, height })
    }
}

/// Reads the cropping, which may take less than one macroblock off the right and lower side
/// only: so the decoder's allocation follows from the visible size.
fn crop(bits: &mut Bits, width: u32, height: u32) -> Result<(u32, u32), StreamFault> {
    let mut side = |coded: u32| {
        let before = bits.golomb(7)?;
        let after = bits.golomb(7)?;
        if before == 0 {
            Ok(coded - 2 * after)
        } else {
            Err(StreamFault::Size)
        }
    };
    Ok((side(width)?, side(height)?))
}

/// Checks what follows the header byte of a type 8 unit (H.264 §7.3.2.2): it must be the only one,
/// belong to the sequence and use nothing beyond constrained baseline.
pub(super) fn check_picture_parameters(payload: &[u8]) -> Result<(), StreamFault> {
    let mut bits = Bits::new(payload)?;
    let (own, of_sequence) = (bits.golomb(255)?, bits.golomb(31)?);
    if (own, of_sequence) != (0, 0) {
        return Err(StreamFault::Structure);
    }
    let arithmetic_coding = bits.flag()?;
    bits.flag()?; // bottom_field_pic_order_in_frame_present_flag
    let slice_groups = bits.golomb(7)? + 1;
    if arithmetic_coding || slice_groups > 1 {
        return Err(StreamFault::Profile);
    }
    let active_references = bits.golomb(31)? + 1;
    bits.golomb(31)?; // num_ref_idx_l1_default_active_minus1
    let weighted = bits.bits(3)? != 0;
    if active_references > MAX_REFERENCES || weighted {
        return Err(StreamFault::Profile);
    }
    for _ in 0..3 {
        bits.golomb(52)?; // pic_init_qp_minus26, pic_init_qs_minus26, chroma_qp_index_offset
    }
    bits.bits(2)?; // deblocking_filter_control_present_flag, constrained_intra_pred_flag
    let redundant_pictures = bits.flag()?;
    // Nothing may follow: what would be there belongs to the high profiles.
    if redundant_pictures || !bits.closes() {
        return Err(StreamFault::Profile);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes bits, for tests only.
    #[derive(Default)]
    struct Writer(Vec<bool>);

    impl Writer {
        fn bits(mut self, value: u32, count: u32) -> Self {
            self.0
                .extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
            self
        }

        fn golomb(self, value: u32) -> Self {
            let zeros = (value + 1).ilog2();
            self.bits(0, zeros).bits(value + 1, zeros + 1)
        }

        fn close(self) -> Vec<u8> {
            let bits = self.bits(1, 1).0;
            let byte = |chunk: &[bool]| {
                chunk
                    .iter()
                    .enumerate()
                    .fold(0, |byte, (at, bit)| byte | u8::from(*bit) << (7 - at))
            };
            bits.chunks(8).map(byte).collect()
        }
    }

    struct Fields {
        profile: u32,
        constraints: u32,
        id: u32,
        references: u32,
        gaps: u32,
        frames_only: u32,
        crop_left: u32,
    }

    const GOOD: Fields = Fields {
        profile: 66,
        constraints: 0b1100_0000,
        id: 0,
        references: 1,
        gaps: 0,
        frames_only: 1,
        crop_left: 0,
    };

    /// 1366×768: 86×48 macroblocks, five times two columns cropped.
    fn sequence(fields: &Fields) -> Vec<u8> {
        Writer::default()
            .bits(fields.profile, 8)
            .bits(fields.constraints, 8)
            .bits(42, 8)
            .golomb(fields.id)
            .golomb(11)
            .golomb(2)
            .golomb(fields.references)
            .bits(fields.gaps, 1)
            .golomb(85)
            .golomb(47)
            .bits(fields.frames_only, 1)
            .bits(1, 1)
            .bits(1, 1)
            .golomb(fields.crop_left)
            .golomb(5)
            .golomb(0)
            .golomb(0)
            .bits(0, 1)
            .close()
    }

    fn picture(arithmetic: u32, groups: u32, redundant: u32) -> Writer {
        numbered_picture((0, 0), (arithmetic, groups, redundant))
    }

    fn numbered_picture(
        (own, of_sequence): (u32, u32),
        (arithmetic, groups, redundant): (u32, u32, u32),
    ) -> Writer {
        Writer::default()
            .golomb(own)
            .golomb(of_sequence)
            .bits(arithmetic, 1)
            .bits(0, 1)
            .golomb(groups)
            .golomb(0)
            .golomb(0)
            .bits(0, 3)
            .golomb(0)
            .golomb(0)
            .golomb(0)
            .bits(0b11, 2)
            .bits(redundant, 1)
    }

    #[test]
    fn plain_baseline_is_read() {
        assert_eq!(
            Sequence::parse(&sequence(&GOOD)),
            Ok(Sequence {
                width: 1366,
                height: 768,
            })
        );
        assert_eq!(check_picture_parameters(&picture(0, 0, 0).close()), Ok(()));
    }

    #[test]
    fn what_our_encoders_never_send_is_refused() {
        for (fields, fault) in [
            (
                Fields {
                    profile: 100,
                    ..GOOD
                },
                StreamFault::Profile,
            ),
            (
                Fields {
                    constraints: 0b1000_0000,
                    ..GOOD
                },
                StreamFault::Profile,
            ),
            (
                Fields {
                    references: 5,
                    ..GOOD
                },
                StreamFault::Profile,
            ),
            (Fields { gaps: 1, ..GOOD }, StreamFault::Profile),
            (Fields { id: 1, ..GOOD }, StreamFault::Structure),
            (
                Fields {
                    frames_only: 0,
                    ..GOOD
                },
                StreamFault::Profile,
            ),
            (
                Fields {
                    crop_left: 1,
                    ..GOOD
                },
                StreamFault::Size,
            ),
        ] {
            assert_eq!(Sequence::parse(&sequence(&fields)), Err(fault));
        }
        for payload in [
            picture(1, 0, 0).close(),
            picture(0, 1, 0).close(),
            picture(0, 0, 1).close(),
            picture(0, 0, 0).bits(1, 1).close(),
        ] {
            assert_eq!(
                check_picture_parameters(&payload),
                Err(StreamFault::Profile)
            );
        }
        for numbers in [(1, 0), (0, 1)] {
            assert_eq!(
                check_picture_parameters(&numbered_picture(numbers, (0, 0, 0)).close()),
                Err(StreamFault::Structure)
            );
        }
    }

    #[test]
    fn cut_parameter_sets_are_malformed() {
        let whole = sequence(&GOOD);
        for end in 0..whole.len() - 1 {
            assert!(Sequence::parse(&whole[..end]).is_err(), "{end}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_and_sizes_stay_bounded(
            mut bytes: Vec<u8>,
            as_baseline: bool,
        ) {
            if as_baseline {
                bytes.splice(0..bytes.len().min(3), [66, 0xc0, 42]);
            }
            if let Ok(sequence) = Sequence::parse(&bytes) {
                prop_assert!(sequence.width <= 16_384 && sequence.height <= 16_384);
            }
            prop_assert!(check_picture_parameters(&bytes).is_err() || !bytes.is_empty());
        }
    }
}
