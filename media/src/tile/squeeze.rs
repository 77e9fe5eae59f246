//! Packs the body of an update: deflate without a wrapper where that helps, as it is otherwise.
//!
//! Deflate and not a faster code, because bodies are small (indexes, not pixels) and a link's
//! bytes are dearer than the processor's time; from a library that has no unsafe code.

use farpane_protocol::limits::TILE_BODY_BYTES;
use farpane_protocol::wire::varint;
use miniz_oxide::DataFormat;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::TileError;

/// Longest body that is packed with care; longer ones are packed fast, so that a whole screen
/// does not wait.
const CAREFUL_BYTES: usize = 64 * 1024;
/// Effort for short bodies; more gains little and costs twice the time.
const CAREFUL: u8 = 4;
/// Effort for long bodies.
const FAST: u8 = 1;

const PLAIN: u8 = 0;
const DEFLATE: u8 = 1;

/// Packs bodies; keeps its tables between them.
pub struct Packer {
    compressor: Box<CompressorOxide>,
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}

impl Default for Packer {
    fn default() -> Self {
        let flags = create_comp_flags_from_zip_params(FAST.into(), 0, 0);
        Self {
            compressor: Box::new(CompressorOxide::new(flags)),
        }
    }
}

impl Packer {
    /// The body as it travels.
    pub fn pack(&mut self, body: &[u8]) -> Vec<u8> {
        let effort = if body.len() <= CAREFUL_BYTES {
            CAREFUL
        } else {
            FAST
        };
        self.compressor.reset();
        self.compressor
            .set_format_and_level(DataFormat::Raw, effort);
        let mut out = vec![DEFLATE];
        varint::put(body.len() as u64, &mut out);
        let head = out.len();
        // What does not become shorter travels as it is.
        out.resize(head + body.len(), 0);
        let (status, _, written) = compress(
            &mut self.compressor,
            body,
            &mut out[head..],
            TDEFLFlush::Finish,
        );
        if status == TDEFLStatus::Done {
            out.truncate(head + written);
        } else {
            out.clear();
            out.push(PLAIN);
            out.extend_from_slice(body);
        }
        out
    }
}

/// The body that was packed.
///
/// # Errors
/// [`TileError::Packing`] if it is not exactly as long as it says, or longer than
/// [`TILE_BODY_BYTES`].
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>, TileError> {
    let (kind, mut rest) = packed.split_first().ok_or(TileError::Truncated)?;
    match *kind {
        PLAIN if rest.len() <= TILE_BODY_BYTES => Ok(rest.to_vec()),
        DEFLATE => {
            let length = varint::take(&mut rest).map_err(|_| TileError::Truncated)?;
            if length > TILE_BODY_BYTES as u64 {
                return Err(TileError::Packing);
            }
            let mut body = vec![0; length as usize];
            let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
            let mut state = Box::new(DecompressorOxide::new());
            let (status, _, written) = decompress(&mut state, rest, &mut body, 0, flags);
            if status != TINFLStatus::Done || written != body.len() {
                return Err(TileError::Packing);
            }
            Ok(body)
        }
        _ => Err(TileError::Packing),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn noise_travels_as_it_is_and_repetition_shrinks() {
        let mut packer = Packer::default();
        let mut state = 1u32;
        let noise: Vec<u8> = (0..4096)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let packed = packer.pack(&noise);
        assert_eq!(packed.len(), noise.len() + 1);
        assert_eq!(unpack(&packed), Ok(noise));
        let flat = vec![7; 200_000];
        let packed = packer.pack(&flat);
        assert!(packed.len() < 1000);
        assert_eq!(unpack(&packed), Ok(flat));
    }

    #[test]
    fn a_length_beyond_the_limit_or_the_truth_is_refused() {
        let mut bomb = vec![DEFLATE];
        varint::put(TILE_BODY_BYTES as u64 + 1, &mut bomb);
        assert_eq!(unpack(&bomb), Err(TileError::Packing));
        let mut packed = Packer::default().pack(&[1; 60]);
        packed[1] += 1;
        assert_eq!(unpack(&packed), Err(TileError::Packing));
        packed[1] -= 2;
        assert_eq!(unpack(&packed), Err(TileError::Packing));
        assert_eq!(unpack(&[]), Err(TileError::Truncated));
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(body in proptest::collection::vec(0u8..4, 0..3000)) {
            let mut packer = Packer::default();
            for _ in 0..2 {
                prop_assert_eq!(unpack(&packer.pack(&body)), Ok(body.clone()));
            }
        }

        #[test]
        fn unpacking_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(body) = unpack(&bytes) {
                prop_assert!(body.len() <= TILE_BODY_BYTES);
            }
        }
    }
}
