//! The decoder half of the OpenH264 library behind [`VideoDecoder`], for streams from hosts that
//! may be hostile.
#![expect(unsafe_code, reason = "calls the codec library, which is C++")]

use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::slice;

use farpane_protocol::geometry::Size;
use openh264_sys2 as sys;
use openh264_sys2::source::APILoader;

use crate::codec::{CodecError, Decoded, MAX_ACCESS_UNIT, StreamFault, VideoDecoder};
use crate::picture::{I420Picture, PlaneRef};
use crate::together::together;

use super::access_unit::AccessUnit;
use super::{bands, check_picture, check_size};

/// An H.264 decoder for pictures of one size, in as many bands as their sender chose.
///
/// Before the library sees a byte, every unit's type, the order of the units, both parameter
/// sets and the start of each slice are checked, so that it never meets another profile or size
/// nor allocates for one. After any error the library's decoder is thrown away, and the next key
/// gets a new one.
#[derive(Debug)]
pub struct H264Decoder {
    size: Size,
    width: u32,
    height: u32,
    /// One for each band, from top to bottom; none until a key comes.
    bands: Vec<Handle>,
}

impl H264Decoder {
    /// Makes a decoder that waits for a key.
    ///
    /// # Errors
    /// [`CodecError::SizeUnsupported`].
    pub fn new(size: Size) -> Result<Self, CodecError> {
        let (width, height) = check_size(size)?;
        Ok(Self {
            size,
            width,
            height,
            bands: Vec::new(),
        })
    }

    fn try_decode(&mut self, data: &[u8], out: &mut I420Picture) -> Result<Decoded, CodecError> {
        check_picture(out, self.size)?;
        if data.len() > MAX_ACCESS_UNIT {
            return Err(CodecError::AccessUnitTooLarge(data.len()));
        }
        let units = bands::split(data).map_err(CodecError::Stream)?;
        let rows =
            bands::rows(self.height, units.len()).ok_or(CodecError::Stream(StreamFault::Bands))?;
        let units = rows
            .iter()
            .zip(units)
            .map(|(rows, unit)| match unit {
                [] => Ok(None), // the band did not change
                unit => AccessUnit::parse(unit, self.width, rows.end - rows.start).map(Some),
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(CodecError::Stream)?;
        let key = units.iter().flatten().any(|unit| unit.key);
        if key
            && !units
                .iter()
                .all(|unit| matches!(unit, Some(unit) if unit.key))
        {
            return Err(CodecError::Stream(StreamFault::Structure));
        }
        if self.bands.is_empty() && !key {
            return Err(CodecError::KeyNeeded);
        }
        if self.bands.len() != units.len() {
            if !key {
                return Err(CodecError::Stream(StreamFault::Bands));
            }
            self.bands = units
                .iter()
                .map(|_| Handle::new())
                .collect::<Result<_, _>>()?;
        }
        let is_left_out = |(_, unit): &(_, &Option<AccessUnit>)| unit.is_none();
        let left_out = rows.iter().zip(&units).filter(is_left_out);
        let left_out = left_out.map(|(rows, _)| rows.clone()).collect();
        let bands = self.bands.iter_mut().zip(units).zip(rows);
        let coded = bands.filter_map(|((handle, unit), rows)| Some((handle, unit?, rows)));
        let planes = together(coded, |(handle, unit, rows)| {
            let planes = handle.decode(&unit.bytes, self.width, rows.end - rows.start)?;
            Ok((rows, planes))
        });
        // All of them, before the first is copied: a picture is shown whole or not at all.
        let planes = planes.into_iter().collect::<Result<Vec<_>, CodecError>>()?;
        let coded = planes.iter().map(|(rows, _)| rows.clone()).collect();
        for (rows, planes) in planes {
            // The planes were checked to be at least as large as the band.
            out.copy_band(rows.start as usize..rows.end as usize, planes)
                .map_err(|_| CodecError::Decode(NO_PICTURE))?;
        }
        Ok(Decoded {
            key,
            coded,
            left_out,
        })
    }
}

impl VideoDecoder for H264Decoder {
    fn size(&self) -> Size {
        self.size
    }

    fn decode(&mut self, data: &[u8], out: &mut I420Picture) -> Result<Decoded, CodecError> {
        let result = self.try_decode(data, out);
        if result.is_err() {
            self.bands.clear();
        }
        result
    }
}

/// Code for "no error, but no usable picture either"; the library's own are positive.
const NO_PICTURE: i64 = -1;

/// Owns the library's decoder object, initialised.
#[derive(Debug)]
struct Handle(NonNull<sys::ISVCDecoder>);

// SAFETY: the object has no ties to the thread that made it; `&mut self` on every call keeps
// two threads from using it at once.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        let this = self.0.as_ptr();
        // SAFETY: the object came from the library, is destroyed only here, and uninitialising
        // it is allowed in every state.
        unsafe {
            if let Some(uninitialize) = (**this).Uninitialize {
                uninitialize(this);
            }
            APILoader::WelsDestroyDecoder(this);
        }
    }
}

impl Handle {
    fn new() -> Result<Self, CodecError> {
        let mut raw = ptr::null_mut();
        // SAFETY: the out-pointer is valid; the library sets it or reports an error.
        let code = unsafe { APILoader::WelsCreateDecoder(&raw mut raw) };
        let handle = Self(NonNull::new(raw).ok_or(CodecError::Settings(code))?);
        check_settings(code)?;
        let mut level = sys::WELS_LOG_QUIET;
        let quiet = ptr::from_mut(&mut level).cast::<c_void>();
        let set = handle.table().SetOption.ok_or(CodecError::Settings(-1))?;
        // SAFETY: the object is valid, and this option takes a pointer to a 32-bit number.
        check_settings(unsafe { set(handle.0.as_ptr(), sys::DECODER_OPTION_TRACE_LEVEL, quiet) })?;

        let parameters = sys::SDecodingParam {
            uiTargetDqLayer: u8::MAX,
            // A damaged picture is an error, not a guess: the host sends a key when asked.
            eEcActiveIdc: sys::ERROR_CON_DISABLE,
            sVideoProperty: sys::SVideoProperty {
                size: size_of::<sys::SVideoProperty>() as u32,
                eVideoBsType: sys::VIDEO_BITSTREAM_AVC,
            },
            ..sys::SDecodingParam::default()
        };
        let initialize = handle.table().Initialize.ok_or(CodecError::Settings(-1))?;
        // SAFETY: object and parameters are valid, and the library copies the parameters.
        check_settings(unsafe { initialize(handle.0.as_ptr(), &raw const parameters) })?;
        Ok(handle)
    }

    fn table(&self) -> &sys::ISVCDecoderVtbl {
        // SAFETY: the library's object begins with a pointer to its function table, which is
        // static.
        unsafe { &**self.0.as_ptr() }
    }

    /// Decodes one picture; its planes stay in the library's memory until the next call.
    fn decode(
        &mut self,
        data: &[u8],
        width: u32,
        height: u32,
    ) -> Result<[PlaneRef<'_>; 3], CodecError> {
        let len =
            i32::try_from(data.len()).map_err(|_| CodecError::AccessUnitTooLarge(data.len()))?;
        let mut planes = [ptr::null_mut(); 3];
        let mut info = sys::SBufferInfo::default();
        let decode = self
            .table()
            .DecodeFrameNoDelay
            .ok_or(CodecError::Decode(NO_PICTURE))?;
        // SAFETY: the object is initialised, the data outlives the call and is only read (the
        // library copies it first), and there is room for the three pointers it writes.
        let state = unsafe {
            decode(
                self.0.as_ptr(),
                data.as_ptr(),
                len,
                planes.as_mut_ptr(),
                &raw mut info,
            )
        };
        if state != sys::dsErrorFree {
            return Err(CodecError::Decode(state.into()));
        }
        if info.iBufferStatus != 1 {
            return Err(CodecError::Decode(NO_PICTURE));
        }
        // SAFETY: all variants of this union are the one struct.
        let shape = unsafe { info.UsrData.sSystemBuffer };
        if (shape.iWidth, shape.iHeight) != (width as i32, height as i32)
            || shape.iFormat != sys::videoFormatI420
        {
            return Err(CodecError::Decode(NO_PICTURE));
        }
        let [y, u, v] = planes;
        let [luma, chroma] = shape.iStride;
        let (half_width, half_height) = (width / 2, height / 2);
        // SAFETY: the library says that it holds a picture of this size with these strides, which
        // stays until its next call; `self` is borrowed that long.
        unsafe {
            Ok([
                plane(y, luma, width, height)?,
                plane(u, chroma, half_width, half_height)?,
                plane(v, chroma, half_width, half_height)?,
            ])
        }
    }
}

fn check_settings(code: i64) -> Result<(), CodecError> {
    if code == 0 {
        Ok(())
    } else {
        Err(CodecError::Settings(code))
    }
}

/// A plane in the library's memory as a slice, from its first sample to its last.
///
/// # Safety
/// If the pointer is not null and the stride at least the width, so many rows of samples must
/// lie there for as long as `'a`.
unsafe fn plane<'a>(
    data: *const u8,
    stride: i32,
    width: u32,
    height: u32,
) -> Result<PlaneRef<'a>, CodecError> {
    let (width, height) = (width as usize, height as usize);
    let stride = usize::try_from(stride).unwrap_or(0);
    if data.is_null() || stride < width {
        return Err(CodecError::Decode(NO_PICTURE));
    }
    let len = stride * (height - 1) + width;
    // SAFETY: the caller's promise; the length ends with the last row's last sample.
    let data = unsafe { slice::from_raw_parts(data, len) };
    Ok(PlaneRef { data, stride })
}
