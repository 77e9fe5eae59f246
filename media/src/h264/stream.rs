//! One stream of the OpenH264 library's encoder.
#![expect(unsafe_code, reason = "calls the codec library, which is C++")]

use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::slice;

use openh264_sys2 as sys;
use openh264_sys2::source::APILoader;

use crate::codec::{CodecError, Content, EncoderSettings, MAX_ACCESS_UNIT};
use crate::picture::PlaneRef;

use super::bands;

/// Finest quantiser: below it bytes are spent that nobody sees, and the library goes no lower.
const MIN_QP: i32 = 12;

/// The same as a quantiser is told.
pub(super) const FINEST: f32 = MIN_QP as f32;

/// Coarsest quantiser: above it text is unreadable, and late is better than unreadable.
const MAX_QP: i32 = 40;

/// Most pictures per second that the library's rate control plans for.
const MAX_FPS: u32 = 60;

/// Slices of each band that is high enough. With one, the library's rate control gives every few
/// macroblocks as many bytes as the next ones and makes a picture of uneven quality; with two, a
/// band has one quantiser.
const SLICES: u32 = 2;

/// Pictures per second within what the library knows.
pub(super) fn planned_fps(settings: &EncoderSettings) -> u32 {
    settings.max_fps.clamp(1, MAX_FPS)
}

/// A bitrate as the library counts it, which refuses less than one bit per picture.
fn library_bitrate(bps: u32) -> i32 {
    i32::try_from(bps.max(MAX_FPS)).unwrap_or(i32::MAX)
}

/// Owns the library's encoder object, initialised for pictures of one size.
#[derive(Debug)]
pub(super) struct Stream {
    object: NonNull<sys::ISVCEncoder>,
    width: u32,
    height: u32,
}

// SAFETY: the object has no ties to the thread that made it; `&mut self` on every call keeps
// two threads from using it at once.
unsafe impl Send for Stream {}

impl Drop for Stream {
    fn drop(&mut self) {
        let this = self.object.as_ptr();
        // SAFETY: the object came from the library, is destroyed only here, and uninitialising
        // it is allowed in every state.
        unsafe {
            if let Some(uninitialize) = (**this).Uninitialize {
                uninitialize(this);
            }
            APILoader::WelsDestroySVCEncoder(this);
        }
    }
}

impl Stream {
    /// An encoder for one band of such a padded size, at its part of the bitrate.
    pub(super) fn new(
        settings: &EncoderSettings,
        (width, height): (u32, u32),
        bps: u32,
    ) -> Result<Self, CodecError> {
        let mut raw = ptr::null_mut();
        // SAFETY: the out-pointer is valid; the library sets it or reports an error.
        let code = unsafe { APILoader::WelsCreateSVCEncoder(&raw mut raw) };
        let object = NonNull::new(raw).ok_or(CodecError::Settings(code.into()))?;
        let mut stream = Self {
            object,
            width,
            height,
        };
        check_settings(code)?;
        stream.set_option(sys::ENCODER_OPTION_TRACE_LEVEL, &mut {
            sys::WELS_LOG_QUIET
        })?;
        let parameters = stream.parameters(settings, width as i32, height as i32, bps)?;
        let initialize = stream
            .table()
            .InitializeExt
            .ok_or(CodecError::Settings(-1))?;
        // SAFETY: object and parameters are valid, and the library copies the parameters.
        check_settings(unsafe { initialize(stream.object.as_ptr(), &raw const parameters) })?;
        Ok(stream)
    }

    fn table(&self) -> &sys::ISVCEncoderVtbl {
        // SAFETY: the library's object begins with a pointer to its function table, which is
        // static.
        unsafe { &**self.object.as_ptr() }
    }

    /// The library's defaults with our choices: everything that looks ahead or at the content
    /// costs time and gains nothing on desktops; keys and skipped pictures are ours to decide.
    fn parameters(
        &mut self,
        settings: &EncoderSettings,
        width: i32,
        height: i32,
        bps: u32,
    ) -> Result<sys::SEncParamExt, CodecError> {
        let mut all = sys::SEncParamExt::default();
        let defaults = self
            .table()
            .GetDefaultParams
            .ok_or(CodecError::Settings(-1))?;
        // SAFETY: object and out-pointer are valid.
        check_settings(unsafe { defaults(self.object.as_ptr(), &raw mut all) })?;

        let bitrate = library_bitrate(bps);
        let fps = planned_fps(settings) as f32;
        all.iUsageType = match settings.content {
            Content::Screen => sys::SCREEN_CONTENT_REAL_TIME,
            Content::Camera => sys::CAMERA_VIDEO_REAL_TIME,
        };
        all.bIsLosslessLink = settings.content == Content::Screen;
        (all.iPicWidth, all.iPicHeight) = (width, height);
        all.fMaxFrameRate = fps;
        all.iTargetBitrate = bitrate;
        all.iRCMode = sys::RC_BITRATE_MODE;
        (all.iMinQp, all.iMaxQp) = (MIN_QP, MAX_QP);
        all.iComplexityMode = sys::LOW_COMPLEXITY;
        all.iMultipleThreadIdc = 1; // the bands are on threads of ours
        all.iNumRefFrame = 1;
        all.uiIntraPeriod = 0; // keys on demand only
        all.eSpsPpsIdStrategy = sys::CONSTANT_ID;
        all.iEntropyCodingModeFlag = 0;
        all.bEnableFrameSkip = false; // one picture in, one out
        all.bEnableDenoise = false;
        all.bEnableBackgroundDetection = false;
        all.bEnableAdaptiveQuant = false;
        all.bEnableSceneChangeDetect = false;
        all.bEnableLongTermReference = false;
        all.bEnableFrameCroppingFlag = true;

        let layer = &mut all.sSpatialLayers[0];
        (layer.iVideoWidth, layer.iVideoHeight) = (width, height);
        layer.fFrameRate = fps;
        layer.iSpatialBitrate = bitrate;
        layer.uiProfileIdc = sys::PRO_BASELINE;
        layer.uiLevelIdc = sys::LEVEL_UNKNOWN; // the library takes the lowest that fits
        if (height as u32).div_ceil(bands::BLOCK) >= bands::MIN_BAND_BLOCKS {
            layer.sSliceArgument.uiSliceMode = sys::SM_FIXEDSLCNUM_SLICE;
            layer.sSliceArgument.uiSliceNum = SLICES;
        }
        // Says what `convert` does, for players that are not ours.
        layer.bVideoSignalTypePresent = true;
        layer.uiVideoFormat = sys::VF_UNDEF as u8;
        layer.bFullRange = false;
        layer.bColorDescriptionPresent = true;
        layer.uiColorPrimaries = sys::CP_BT709 as u8;
        layer.uiTransferCharacteristics = sys::TRC_BT709 as u8;
        layer.uiColorMatrix = sys::CM_BT709 as u8;
        Ok(all)
    }

    fn set_option<T>(
        &mut self,
        option: sys::ENCODER_OPTION,
        value: &mut T,
    ) -> Result<(), CodecError> {
        let set = self.table().SetOption.ok_or(CodecError::Settings(-1))?;
        // SAFETY: the object is valid, and both callers pass the type that
        // `codec_app_def.h` names for their option.
        let code = unsafe {
            set(
                self.object.as_ptr(),
                option,
                ptr::from_mut(value).cast::<c_void>(),
            )
        };
        check_settings(code)
    }

    pub(super) fn set_bitrate(&mut self, bps: u32) -> Result<(), CodecError> {
        let mut info = sys::SBitrateInfo {
            iLayer: sys::SPATIAL_LAYER_ALL,
            iBitrate: library_bitrate(bps),
        };
        self.set_option(sys::ENCODER_OPTION_BITRATE, &mut info)
    }

    pub(super) fn force_key(&mut self) -> Result<(), CodecError> {
        let force = self
            .table()
            .ForceIntraFrame
            .ok_or(CodecError::Settings(-1))?;
        // SAFETY: the object is valid and initialised.
        let code = unsafe { force(self.object.as_ptr(), true) };
        if code == 0 {
            Ok(())
        } else {
            Err(CodecError::Encode(code.into()))
        }
    }

    /// The average quantiser of the last picture.
    pub(super) fn quantiser(&mut self) -> Result<f32, CodecError> {
        let get = self.table().GetOption.ok_or(CodecError::Settings(-1))?;
        let mut about = sys::SEncoderStatistics::default();
        // SAFETY: the object is valid, and this option writes this type (`codec_app_def.h`).
        let code = unsafe {
            get(
                self.object.as_ptr(),
                sys::ENCODER_OPTION_GET_STATISTICS,
                ptr::from_mut(&mut about).cast::<c_void>(),
            )
        };
        check_settings(code)?;
        Ok(about.uiAverageFrameQP as f32)
    }

    /// Encodes a band of the size that it was made for; whether it is a key.
    ///
    /// # Panics
    /// If a plane is smaller.
    pub(super) fn encode(
        &mut self,
        planes: [PlaneRef<'_>; 3],
        milliseconds: i64,
        out: &mut Vec<u8>,
    ) -> Result<bool, CodecError> {
        let [y, u, v] = planes;
        let (width, height) = (self.width as usize, self.height as usize);
        let half = (width / 2, height / 2);
        for (plane, (width, height)) in [(y, (width, height)), (u, half), (v, half)] {
            let has_rows = plane.data.len() >= plane.stride * height;
            assert!(
                plane.stride >= width && has_rows,
                "a plane is as large as its band"
            );
        }
        let plane = |plane: PlaneRef<'_>| plane.data.as_ptr().cast_mut();
        let stride = |plane: PlaneRef<'_>| plane.stride as i32;
        let source = sys::SSourcePicture {
            iColorFormat: sys::videoFormatI420,
            iStride: [stride(y), stride(u), stride(v), 0],
            pData: [plane(y), plane(u), plane(v), ptr::null_mut()],
            iPicWidth: self.width as i32,
            iPicHeight: self.height as i32,
            uiTimeStamp: milliseconds,
            ..sys::SSourcePicture::default()
        };
        let mut info = sys::SFrameBSInfo::default();
        let encode = self.table().EncodeFrame.ok_or(CodecError::Encode(-1))?;
        // SAFETY: the object is initialised for bands of just this size; the planes outlive the call
        // and were found to be as large as size and strides say; the library only reads them.
        let code = unsafe { encode(self.object.as_ptr(), &raw const source, &raw mut info) };
        if code != 0 {
            return Err(CodecError::Encode(code.into()));
        }
        let key = match info.eFrameType {
            sys::videoFrameTypeIDR => true,
            sys::videoFrameTypeP => false,
            // Nothing was coded, or something that our decoder would not take.
            other => return Err(CodecError::Encode(i64::from(other) | 0x1000)),
        };
        // SAFETY: `info` was just filled by the library, which is not called before the bytes are
        // copied.
        unsafe { append(&info, out) }?;
        Ok(key)
    }
}

fn check_settings(code: i32) -> Result<(), CodecError> {
    if code == 0 {
        Ok(())
    } else {
        Err(CodecError::Settings(code.into()))
    }
}

/// Copies the coded bytes of all layers.
///
/// # Safety
/// The library must have filled `info` in its latest call: the pointers go into its buffers.
unsafe fn append(info: &sys::SFrameBSInfo, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let layers = usize::try_from(info.iLayerNum)
        .unwrap_or(0)
        .min(info.sLayerInfo.len());
    for layer in &info.sLayerInfo[..layers] {
        let count = usize::try_from(layer.iNalCount).unwrap_or(0);
        if layer.pNalLengthInByte.is_null() || layer.pBsBuf.is_null() {
            return Err(CodecError::Encode(-1));
        }
        // SAFETY: not null, and the library keeps as many lengths as it says.
        let lengths = unsafe { slice::from_raw_parts(layer.pNalLengthInByte, count) };
        let total: usize = lengths
            .iter()
            .map(|len| usize::try_from(*len).unwrap_or(0))
            .sum();
        if out.len() + total > MAX_ACCESS_UNIT {
            return Err(CodecError::AccessUnitTooLarge(out.len() + total));
        }
        // SAFETY: not null, and the units of a layer follow each other in its buffer.
        out.extend_from_slice(unsafe { slice::from_raw_parts(layer.pBsBuf, total) });
    }
    if out.is_empty() {
        Err(CodecError::Encode(-1))
    } else {
        Ok(())
    }
}
