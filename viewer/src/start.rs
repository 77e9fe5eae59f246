//! The start window: sign in, then one search field over one list of devices. Sessions open in
//! windows and processes of their own.
//!
//! egui draws; a worker thread asks the directory and waits for the sessions' processes. Neither
//! waits for the other: commands go one way, news come back.

pub mod app;
mod child;
mod draw;
mod list;
pub mod model;
mod rows;
mod sign_in;
mod theme;
pub mod worker;

use anyhow::Result;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::outcome::Outcome;

use crate::account::Home;
use crate::failure::Failure;
use crate::window::{check_display, no_display, without_panic};
use app::StartApp;

/// Shows the start window until it is closed, at the device of a link if there is one.
///
/// # Errors
/// A sentence where there is no display or no OpenGL.
pub fn run(home: &Home, linked: Option<DeviceId>) -> Result<Outcome> {
    check_display()?;
    let account = home.account()?;
    let recent = crate::recent::load(home);
    let home = home.clone();
    show(move |context| {
        let (commands, news) = worker::start(home, account.clone(), linked, context.clone())?;
        let app = StartApp::new(context, account, recent, commands, news);
        Ok(app.at(linked))
    })?;
    Ok(Outcome::Done)
}

/// Shows what `make` makes, in a window.
///
/// # Errors
/// A sentence where there is no display or no OpenGL.
pub fn show(make: impl FnOnce(&eframe::egui::Context) -> Result<StartApp>) -> Result<()> {
    let options = eframe::NativeOptions {
        viewport: eframe::egui::ViewportBuilder::default()
            .with_title("Farpane")
            .with_app_id("farpane-viewer")
            .with_inner_size([920.0, 640.0])
            .with_min_inner_size([420.0, 360.0]),
        renderer: eframe::Renderer::Glow,
        ..Default::default()
    };
    let run = || {
        let create = Box::new(|cc: &eframe::CreationContext<'_>| -> Result<_, Box<dyn std::error::Error + Send + Sync>> {
            Ok(Box::new(make(&cc.egui_ctx)?) as Box<dyn eframe::App>)
        });
        eframe::run_native("farpane-viewer", options, create)
    };
    without_panic(run)?.map_err(|error| explain(&error).into())
}

fn explain(error: &eframe::Error) -> Failure {
    tracing::debug!(%error, "the start window failed");
    match error {
        eframe::Error::WinitEventLoop(error) => no_display(error),
        eframe::Error::AppCreation(error) => Failure::new(Outcome::Failed, error.to_string()),
        eframe::Error::Winit(_)
        | eframe::Error::Glutin(_)
        | eframe::Error::NoGlutinConfigs(..)
        | eframe::Error::OpenGL(_) => Failure::new(
            Outcome::Failed,
            "Cannot open the start window: OpenGL does not work on this display. Install libgl1, \
             libegl1 and libgl1-mesa-dri. Sessions need no OpenGL: farpane-viewer connect DEVICE \
             works without.",
        ),
    }
}
