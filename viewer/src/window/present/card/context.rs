//! A window that OpenGL can draw in, and the connection to the graphics card for it.
#![expect(
    unsafe_code,
    reason = "asks the system's OpenGL libraries, which are C"
)]

use std::num::NonZeroU32;
use std::rc::Rc;

use anyhow::{Context as _, Result, anyhow};
use farpane_protocol::geometry::{Rect, Size};
use glow::HasContext as _;
use glutin::config::{Config, ConfigTemplateBuilder};
use glutin::context::{
    ContextApi, ContextAttributesBuilder, PossiblyCurrentContext, Robustness, Version,
};
use glutin::display::{Display, DisplayApiPreference, GetGlDisplay as _};
use glutin::platform::x11::X11GlConfigExt as _;
use glutin::prelude::*;
use glutin::surface::{
    Rect as Changed, Surface, SurfaceAttributesBuilder, SwapInterval, WindowSurface,
};
use winit::event_loop::ActiveEventLoop;
use winit::platform::x11::WindowAttributesExtX11 as _;
use winit::raw_window_handle::{HasDisplayHandle as _, HasWindowHandle as _};
use winit::window::{Window, WindowAttributes};

use super::gl::Gl;

/// The least that the card must understand: whole numbers in its programs, and texels by number.
const LEAST: (u8, u8) = (3, 0);

/// What pixels the card offers for windows on this display.
pub(in crate::window::present) struct Pixels(Config);

impl Pixels {
    /// Asks the system's libraries; they are loaded here.
    pub(in crate::window::present) fn of(event_loop: &ActiveEventLoop) -> Result<Self> {
        let handle = event_loop.display_handle().context("no display")?.as_raw();
        // SAFETY: the handle is that of the event loop's connection, which every window on it holds, too:
        // what is made from this lives with a window and is dropped before it.
        let display = unsafe { Display::new(handle, DisplayApiPreference::Egl) }?;
        let wanted = ConfigTemplateBuilder::new()
            .with_alpha_size(0)
            .with_transparency(false)
            .with_depth_size(0)
            .with_stencil_size(0)
            .build();
        // SAFETY: no window of another program is named in the template.
        let found = unsafe { display.find_configs(wanted) }?;
        // A window without transparency is one that shared memory can be shown in, too.
        let least = |config: &Config| {
            let spare = config.depth_size() + config.stencil_size() + config.num_samples();
            (
                config.supports_transparency() == Some(true),
                config.alpha_size(),
                spare,
            )
        };
        let config = found.min_by_key(least).context("no pixels for windows")?;
        Ok(Self(config))
    }

    /// What a window with these pixels must be made with.
    pub(in crate::window::present) fn attributes(
        &self,
        attributes: WindowAttributes,
    ) -> WindowAttributes {
        match self.0.x11_visual() {
            Some(visual) => attributes.with_x11_visual(visual.visual_id() as u32),
            None => attributes,
        }
    }
}

/// A connection to the card for one window.
pub(super) struct Context {
    gl: glow::Context,
    surface: Surface<WindowSurface>,
    context: PossiblyCurrentContext,
    /// Must outlive the surface.
    window: Rc<Window>,
}

impl Context {
    /// Connects to the card for a window that was made with these pixels.
    pub(super) fn new(pixels: &Pixels, window: Rc<Window>) -> Result<Self> {
        let handle = window.window_handle().context("no window")?.as_raw();
        let display = pixels.0.display();
        let wish = |robustness| {
            ContextAttributesBuilder::new()
                .with_context_api(ContextApi::OpenGl(Some(Version::new(LEAST.0, LEAST.1))))
                .with_robustness(robustness)
                .build(Some(handle))
        };
        // With notice of a lost card where the driver can give it.
        let robust = wish(Robustness::RobustLoseContextOnReset);
        let plain = wish(Robustness::NotRobust);
        // SAFETY: the handle is that of a window that this value keeps.
        let context = unsafe {
            display
                .create_context(&pixels.0, &robust)
                .or_else(|_| display.create_context(&pixels.0, &plain))
        }?;
        let extent = window.inner_size();
        let side = |pixels| NonZeroU32::new(pixels).unwrap_or(NonZeroU32::MIN);
        let attributes = SurfaceAttributesBuilder::<WindowSurface>::new().build(
            handle,
            side(extent.width),
            side(extent.height),
        );
        // SAFETY: as above; the surface is dropped before the window.
        let surface = unsafe { display.create_window_surface(&pixels.0, &attributes) }?;
        let context = context.make_current(&surface)?;
        // The newest picture is handed over at once: a compositor takes it at the next refresh.
        // Waiting for the refresh here would hold up input, and show each picture a refresh later.
        if let Err(error) = surface.set_swap_interval(&context, SwapInterval::DontWait) {
            tracing::debug!(%error, "the driver decides when to wait");
        }
        // SAFETY: the functions are those of the context that is current, and are called only while
        // it is (see `current`).
        let gl = unsafe {
            glow::Context::from_loader_function_cstr(|name| display.get_proc_address(name))
        };
        if (gl.version().major, gl.version().minor) < (LEAST.0.into(), LEAST.1.into()) {
            return Err(anyhow!("OpenGL is older than {}.{}", LEAST.0, LEAST.1));
        }
        Ok(Self {
            gl,
            surface,
            context,
            window,
        })
    }

    /// Everything that can be asked of the card; other windows' contexts may have been in use.
    pub(super) fn current(&self) -> Result<Gl<'_>> {
        self.context.make_current(&self.surface)?;
        Ok(Gl::new(&self.gl))
    }

    /// Gives the surface the window's extent, where it does not follow by itself.
    pub(super) fn resize(&self, extent: Size) {
        if let Some((width, height)) =
            NonZeroU32::new(extent.width()).zip(NonZeroU32::new(extent.height()))
        {
            self.surface.resize(&self.context, width, height);
        }
    }

    /// Hands over what was drawn; `changed` is what differs from what was handed over before.
    pub(super) fn show(&self, extent: Size, changed: &[Rect]) -> Result<()> {
        self.window.pre_present_notify();
        let told = |rect: &Rect| {
            let bottom = extent.height().saturating_sub(rect.bottom());
            Changed::new(
                rect.x as i32,
                bottom as i32,
                rect.width as i32,
                rect.height as i32,
            )
        };
        let told: Vec<_> = changed.iter().map(told).collect();
        match (&self.surface, &self.context) {
            (Surface::Egl(surface), PossiblyCurrentContext::Egl(context)) if !told.is_empty() => {
                surface.swap_buffers_with_damage(context, &told)?;
            }
            _ => self.surface.swap_buffers(&self.context)?,
        }
        Ok(())
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // A current surface would hold on to the window, which somebody else may draw in now.
        if let Err(error) = self.context.make_not_current_in_place() {
            tracing::debug!(%error, "the card did not let go");
        }
    }
}
