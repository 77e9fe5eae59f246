//! The encoder half of the OpenH264 library behind [`VideoEncoder`].
#![expect(unsafe_code, reason = "calls the codec library, which is C++")]

use std::ffi::c_void;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;

use farpane_protocol::geometry::Rect;
use openh264_sys2 as sys;
use openh264_sys2::source::APILoader;

use crate::codec::backend::EncoderBackend;
use crate::codec::{
    CodecError, Content, EncodedInfo, EncoderSettings, MAX_ACCESS_UNIT, VideoEncoder,
};
use crate::picture::{I420Picture, PlaneRef};
use crate::together::together;

use super::shares::Shares;
use super::{bands, check_picture, check_size};

/// Finest quantiser: below it bytes are spent that nobody sees, and the library goes no lower.
const MIN_QP: i32 = 12;

/// Coarsest quantiser: above it text is unreadable, and late is better than unreadable.
const MAX_QP: i32 = 40;

/// Most pictures per second that the library's rate control plans for.
const MAX_FPS: u32 = 60;

/// Parts that a picture may come in: the time until the first is coded halves with two, and each
/// more costs bytes at the edges of its bands.
const PARTS: usize = 2;

/// Bytes that a picture must be planned to have to come in parts: a smaller one is on its way for
/// a moment only, and its parts would be too small to tell what the path carries.
const WORTH_PARTS: u32 = 8 * 1024;

/// Slices of each band that is high enough. With one, the library's rate control gives every few
/// macroblocks as many bytes as the next ones and makes a picture of uneven quality; with two, a
/// band has one quantiser.
const SLICES: u32 = 2;

/// The back end that every build has: the processor.
#[derive(Clone, Copy, Debug)]
pub struct OpenH264;

impl EncoderBackend for OpenH264 {
    fn name(&self) -> &'static str {
        "openh264"
    }

    fn encoder(&self, settings: EncoderSettings) -> Result<Box<dyn VideoEncoder>, CodecError> {
        Ok(Box::new(H264Encoder::new(settings)?))
    }
}

/// An H.264 encoder for pictures of one size: a stream for each of the picture's bands, which share
/// the bitrate. Where the picture is high enough there are as many as the settings have threads,
/// and as many again if it may come in parts.
#[derive(Debug)]
pub struct H264Encoder {
    settings: EncoderSettings,
    /// Gone after an error: the library may have freed its state and must not be called again.
    bands: Option<Bands>,
    /// Pictures encoded, for their time stamps.
    count: i64,
}

/// The streams of one picture, from top to bottom.
#[derive(Debug)]
struct Bands {
    streams: Vec<Band>,
    shares: Shares,
    /// None was coded yet.
    is_new: bool,
}

/// The stream of one band.
#[derive(Debug)]
struct Band {
    handle: Handle,
    rows: Range<usize>,
    /// What was coded of it for the present part; nothing if it is not in it.
    unit: Vec<u8>,
    next: Next,
    /// Of the present picture, once it is coded.
    quantiser: f32,
}

/// What is still to be coded of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    Changed,
    Key,
}

impl H264Encoder {
    /// Makes an encoder; its first picture will be a key.
    ///
    /// # Errors
    /// [`CodecError::SizeUnsupported`] and [`CodecError::Settings`].
    pub fn new(settings: EncoderSettings) -> Result<Self, CodecError> {
        let bands = Some(Bands::new(&settings)?);
        Ok(Self {
            settings,
            bands,
            count: 0,
        })
    }

    fn try_encode(
        &mut self,
        picture: &I420Picture,
        changed: Rect,
        force_key: bool,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        check_picture(picture, self.settings.size)?;
        let bands = match &mut self.bands {
            Some(bands) => bands,
            gone @ None => gone.insert(Bands::new(&self.settings)?),
        };
        let milliseconds = self.count * 1000 / i64::from(planned_fps(&self.settings));
        self.count += 1;
        bands.begin(changed, force_key);
        bands.encode(picture, &self.settings, milliseconds, out)
    }

    fn try_encode_rest(
        &mut self,
        picture: &I420Picture,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        check_picture(picture, self.settings.size)?;
        let bands = self
            .bands
            .as_mut()
            .ok_or(CodecError::Encode(NOTHING_LEFT))?;
        let milliseconds = (self.count - 1) * 1000 / i64::from(planned_fps(&self.settings));
        bands.encode(picture, &self.settings, milliseconds, out)
    }

    /// After an error what the viewer has and what the encoder refers to may differ: start anew.
    fn checked(
        &mut self,
        result: Result<EncodedInfo, CodecError>,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        if result.is_err() {
            self.bands = None;
            out.clear();
        }
        result
    }
}

impl Bands {
    fn new(settings: &EncoderSettings) -> Result<Self, CodecError> {
        let (width, height) = check_size(settings.size)?;
        let parts = if settings.in_parts { PARTS } else { 1 };
        let count = usize::from(settings.threads) * parts;
        let count = count.clamp(1, bands::most(height));
        let rows = bands::rows(height, count).ok_or(CodecError::SizeUnsupported(settings.size))?;
        let shares = Shares::new(rows.iter().map(ExactSizeIterator::len));
        let streams = rows
            .into_iter()
            .zip(shares.of(settings.bitrate_bps))
            .map(|(rows, bps)| {
                Ok(Band {
                    handle: Handle::new(settings, (width, rows.end - rows.start), bps)?,
                    rows: rows.start as usize..rows.end as usize,
                    unit: Vec::new(),
                    next: Next::Nothing,
                    quantiser: MIN_QP as f32,
                })
            })
            .collect::<Result<_, CodecError>>()?;
        Ok(Self {
            streams,
            shares,
            is_new: true,
        })
    }

    /// Marks what is to be coded of the next picture.
    fn begin(&mut self, changed: Rect, force_key: bool) {
        // Of a picture that was left unfinished the viewer has a part that it cannot show.
        let is_unfinished = self.streams.iter().any(|band| band.next != Next::Nothing);
        let key = std::mem::take(&mut self.is_new) || is_unfinished || force_key;
        let rows = changed.y as usize..changed.bottom() as usize;
        let is_changed = |band: &Band| rows.start < band.rows.end && band.rows.start < rows.end;
        let all = key || !self.streams.iter().any(is_changed);
        for band in &mut self.streams {
            band.next = match (key, all || is_changed(band)) {
                (true, _) => Next::Key,
                (false, true) => Next::Changed,
                (false, false) => Next::Nothing,
            };
            band.quantiser = MIN_QP as f32; // what is left out needs nothing
        }
    }

    /// Codes what is marked, or as many bands of it as there are threads.
    fn encode(
        &mut self,
        picture: &I420Picture,
        settings: &EncoderSettings,
        milliseconds: i64,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        // A key is sent whole, and the screen method may make one by itself.
        let is_key = self.streams.iter().any(|band| band.next == Next::Key);
        let aim = settings.bitrate_bps / 8 / planned_fps(settings);
        let whole = is_key
            || !settings.in_parts
            || aim < WORTH_PARTS
            || settings.content == Content::Screen;
        let most = if whole {
            self.streams.len()
        } else {
            usize::from(settings.threads.max(1))
        };
        let mut keys = self.code(picture, milliseconds, most)?;
        if keys.contains(&true) && keys.contains(&false) {
            // A band began anew by itself: all bands do, or the picture would not decode alone.
            self.streams
                .iter_mut()
                .for_each(|band| band.next = Next::Key);
            keys = self.code(picture, milliseconds, self.streams.len())?;
        }
        let key = keys[0];
        if keys.iter().any(|other| *other != key) {
            return Err(CodecError::Encode(KEYS_DIFFER));
        }
        bands::join(self.streams.iter().map(|band| &band.unit[..]), out)?;
        let mut coded = self.streams.iter().filter(|band| !band.unit.is_empty());
        let first = coded.next().ok_or(CodecError::Encode(NOTHING_LEFT))?;
        let last = coded.next_back().unwrap_or(first);
        let rows = first.rows.start as u32..last.rows.end as u32;
        let more = self.streams.iter().any(|band| band.next != Next::Nothing);
        if !more {
            self.balance(settings.bitrate_bps)?;
        }
        Ok(EncodedInfo { key, rows, more })
    }

    /// Codes the first bands that are marked, so many at most; leaves nothing in the others.
    /// Whether each is a key.
    fn code(
        &mut self,
        picture: &I420Picture,
        milliseconds: i64,
        most: usize,
    ) -> Result<Vec<bool>, CodecError> {
        self.streams.iter_mut().for_each(|band| band.unit.clear());
        let marked = self.streams.iter_mut();
        let marked = marked.filter(|band| band.next != Next::Nothing).take(most);
        let width = picture.luma_stride();
        let keys = together(marked, |band| band.code(picture, width, milliseconds));
        let mut keys = keys.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter();
        let key = |band: &Band| !band.unit.is_empty() && keys.next() == Some(true);
        Ok(self.streams.iter().map(key).collect())
    }

    /// Gives more to the bands that the last picture was coarser in.
    fn balance(&mut self, bps: u32) -> Result<(), CodecError> {
        let quantisers: Vec<_> = self.streams.iter().map(|band| band.quantiser).collect();
        if self.shares.follow(&quantisers) {
            self.set_bitrate(bps)?;
        }
        Ok(())
    }

    fn set_bitrate(&mut self, bps: u32) -> Result<(), CodecError> {
        for (band, bps) in self.streams.iter_mut().zip(self.shares.of(bps)) {
            band.handle.set_bitrate(bps)?;
        }
        Ok(())
    }
}

impl Band {
    /// Codes it; whether it is a key.
    fn code(
        &mut self,
        picture: &I420Picture,
        width: usize,
        milliseconds: i64,
    ) -> Result<bool, CodecError> {
        if std::mem::replace(&mut self.next, Next::Nothing) == Next::Key {
            self.handle.force_key()?;
        }
        let planes = picture.band(self.rows.clone());
        let size = (width, self.rows.len());
        let key = self
            .handle
            .encode(planes, size, milliseconds, &mut self.unit)?;
        self.quantiser = self.handle.quantiser()?;
        Ok(key)
    }
}

impl VideoEncoder for H264Encoder {
    fn settings(&self) -> &EncoderSettings {
        &self.settings
    }

    fn encode(
        &mut self,
        picture: &I420Picture,
        changed: Rect,
        force_key: bool,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        out.clear();
        let result = self.try_encode(picture, changed, force_key, out);
        self.checked(result, out)
    }

    fn encode_rest(
        &mut self,
        picture: &I420Picture,
        out: &mut Vec<u8>,
    ) -> Result<EncodedInfo, CodecError> {
        out.clear();
        let result = self.try_encode_rest(picture, out);
        self.checked(result, out)
    }

    fn set_bitrate(&mut self, bps: u32) -> Result<(), CodecError> {
        if let Some(bands) = &mut self.bands
            && let Err(error) = bands.set_bitrate(bps)
        {
            // Some bands may have taken it: all go on with what they had.
            bands.set_bitrate(self.settings.bitrate_bps)?;
            return Err(error);
        }
        self.settings.bitrate_bps = bps;
        Ok(())
    }
}

/// Pictures per second within what the library knows.
fn planned_fps(settings: &EncoderSettings) -> u32 {
    settings.max_fps.clamp(1, MAX_FPS)
}

/// A bitrate as the library counts it, which refuses less than one bit per picture.
fn library_bitrate(bps: u32) -> i32 {
    i32::try_from(bps.max(MAX_FPS)).unwrap_or(i32::MAX)
}

/// Owns the library's encoder object, initialised.
#[derive(Debug)]
struct Handle(NonNull<sys::ISVCEncoder>);

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
            APILoader::WelsDestroySVCEncoder(this);
        }
    }
}

impl Handle {
    /// An encoder for one band of such a padded size, at its part of the bitrate.
    fn new(
        settings: &EncoderSettings,
        (width, height): (u32, u32),
        bps: u32,
    ) -> Result<Self, CodecError> {
        let mut raw = ptr::null_mut();
        // SAFETY: the out-pointer is valid; the library sets it or reports an error.
        let code = unsafe { APILoader::WelsCreateSVCEncoder(&raw mut raw) };
        let mut handle = Self(NonNull::new(raw).ok_or(CodecError::Settings(code.into()))?);
        check_settings(code)?;
        handle.set_option(sys::ENCODER_OPTION_TRACE_LEVEL, &mut {
            sys::WELS_LOG_QUIET
        })?;
        let parameters = handle.parameters(settings, width as i32, height as i32, bps)?;
        let initialize = handle
            .table()
            .InitializeExt
            .ok_or(CodecError::Settings(-1))?;
        // SAFETY: object and parameters are valid, and the library copies the parameters.
        check_settings(unsafe { initialize(handle.0.as_ptr(), &raw const parameters) })?;
        Ok(handle)
    }

    fn table(&self) -> &sys::ISVCEncoderVtbl {
        // SAFETY: the library's object begins with a pointer to its function table, which is
        // static.
        unsafe { &**self.0.as_ptr() }
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
        check_settings(unsafe { defaults(self.0.as_ptr(), &raw mut all) })?;

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
                self.0.as_ptr(),
                option,
                ptr::from_mut(value).cast::<c_void>(),
            )
        };
        check_settings(code)
    }

    fn set_bitrate(&mut self, bps: u32) -> Result<(), CodecError> {
        let mut info = sys::SBitrateInfo {
            iLayer: sys::SPATIAL_LAYER_ALL,
            iBitrate: library_bitrate(bps),
        };
        self.set_option(sys::ENCODER_OPTION_BITRATE, &mut info)
    }

    fn force_key(&mut self) -> Result<(), CodecError> {
        let force = self
            .table()
            .ForceIntraFrame
            .ok_or(CodecError::Settings(-1))?;
        // SAFETY: the object is valid and initialised.
        let code = unsafe { force(self.0.as_ptr(), true) };
        if code == 0 {
            Ok(())
        } else {
            Err(CodecError::Encode(code.into()))
        }
    }

    /// The average quantiser of the last picture.
    fn quantiser(&mut self) -> Result<f32, CodecError> {
        let get = self.table().GetOption.ok_or(CodecError::Settings(-1))?;
        let mut about = sys::SEncoderStatistics::default();
        // SAFETY: the object is valid, and this option writes this type (`codec_app_def.h`).
        let code = unsafe {
            get(
                self.0.as_ptr(),
                sys::ENCODER_OPTION_GET_STATISTICS,
                ptr::from_mut(&mut about).cast::<c_void>(),
            )
        };
        check_settings(code)?;
        Ok(about.uiAverageFrameQP as f32)
    }

    /// Encodes a band of the size that the object was made for; whether it is a key.
    fn encode(
        &mut self,
        planes: [PlaneRef<'_>; 3],
        (width, height): (usize, usize),
        milliseconds: i64,
        out: &mut Vec<u8>,
    ) -> Result<bool, CodecError> {
        let [y, u, v] = planes;
        for (plane, height) in [(y, height), (u, height / 2), (v, height / 2)] {
            assert!(
                plane.data.len() >= plane.stride * height,
                "a plane has all its rows"
            );
        }
        let plane = |plane: PlaneRef<'_>| plane.data.as_ptr().cast_mut();
        let stride = |plane: PlaneRef<'_>| plane.stride as i32;
        let source = sys::SSourcePicture {
            iColorFormat: sys::videoFormatI420,
            iStride: [stride(y), stride(u), stride(v), 0],
            pData: [plane(y), plane(u), plane(v), ptr::null_mut()],
            iPicWidth: width as i32,
            iPicHeight: height as i32,
            uiTimeStamp: milliseconds,
            ..sys::SSourcePicture::default()
        };
        let mut info = sys::SFrameBSInfo::default();
        let encode = self.table().EncodeFrame.ok_or(CodecError::Encode(-1))?;
        // SAFETY: the object is initialised for bands of just this size (`check_picture` came
        // first, and a picture of one size has bands of one size); the planes outlive the call and
        // are as large as size and strides say; the library only reads them.
        let code = unsafe { encode(self.0.as_ptr(), &raw const source, &raw mut info) };
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

/// Code for "there is nothing left of this picture".
const NOTHING_LEFT: i64 = 0x2001;

/// Code for "some bands begin anew and others do not"; the library's own are small.
const KEYS_DIFFER: i64 = 0x2000;

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

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;

    use super::*;

    #[test]
    fn every_size_has_an_encoder_in_any_number_of_bands() {
        for width in [16, 322, 646, 1366, 1920] {
            for height in (16..1300).step_by(54) {
                for threads in [1, 2, 4] {
                    let size = Size::new(width, height).expect("valid");
                    let mut settings = EncoderSettings::new(size, 4_000_000, 60);
                    (settings.threads, settings.in_parts) = (threads, height % 4 == 0);
                    let made = H264Encoder::new(settings);
                    assert!(made.is_ok(), "{width}x{height} {threads}: {made:?}");
                }
            }
        }
    }
}
