//! What happens on the device during a long run, at rates that leave the machine to others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use x11rb::protocol::xproto::{Pixmap, Rectangle};

use crate::bench::latency::{COLOURS, PATCH};
use crate::bench::scene::Scene;
use crate::bench::text::Text;
use crate::rig::xclient::{XClient, key};

/// Pictures of the film; they go round.
const PICTURES: usize = 8;
/// The part of the screen that a small film has.
const CORNER: Rectangle = Rectangle {
    x: 300,
    y: 200,
    width: 640,
    height: 360,
};
/// A window of text that scrolls.
const PAGE: Rectangle = Rectangle {
    x: 40,
    y: 60,
    width: 900,
    height: 600,
};
/// Still text beside a small film.
const BESIDE: Rectangle = Rectangle {
    x: 980,
    y: 60,
    width: 280,
    height: 560,
};
/// A window of text that is dragged.
const DRAGGED: Rectangle = Rectangle {
    x: 300,
    y: 180,
    width: 480,
    height: 300,
};
/// Where the pointer is while somebody types, on the device: beside the text.
const HANDS: (u16, u16) = (1000, 640);

/// Something that a device does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    Idle,
    /// The technician types; each key is answered.
    Typing,
    /// A page of text moves up by three lines, ten times a second.
    Scroll,
    /// A window of text is dragged, twenty steps a second.
    Drag,
    /// A film over the whole screen, eight pictures a second.
    Film,
    /// A small film beside still text, fifteen pictures a second.
    Corner,
    /// Windows of text come and go.
    Windows,
}

impl Work {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Idle,
        Self::Typing,
        Self::Scroll,
        Self::Drag,
        Self::Film,
        Self::Corner,
        Self::Windows,
    ];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Typing => "typing",
            Self::Scroll => "scrolling text",
            Self::Drag => "window drag",
            Self::Film => "film",
            Self::Corner => "small film",
            Self::Windows => "windows come and go",
        }
    }

    fn per_second(self) -> u32 {
        match self {
            Self::Idle | Self::Windows => 2,
            Self::Typing | Self::Film => 8,
            Self::Scroll => 10,
            Self::Drag => 20,
            Self::Corner => 15,
        }
    }
}

/// Does the work.
pub struct Worker {
    film: Vec<Pixmap>,
    technician: XClient,
    turn: u64,
    /// What stands on the screen: stays when the work is over, so that it can be compared.
    windows: Vec<Text>,
}

impl Worker {
    /// Gets ready; the film is uploaded once.
    pub fn on(scene: &Scene) -> Result<Self> {
        let technician = XClient::open(scene.viewer_display())?;
        Ok(Self {
            film: scene.stage.film(PICTURES)?,
            technician,
            turn: 0,
            windows: Vec::new(),
        })
    }

    /// Shows the device's screen pixel for pixel from now on, whatever its size.
    pub fn show_actual_size(&self) -> Result<()> {
        const ONE: u8 = 2;
        let held = [key::CONTROL, key::ALT, key::SHIFT];
        for code in held {
            self.technician.key(code, true)?;
        }
        self.technician.tap(ONE)?;
        for code in held {
            self.technician.key(code, false)?;
        }
        Ok(())
    }

    /// Takes away what stands there and puts up what that work needs. `corner` is where the
    /// device's screen begins on the technician's display.
    pub fn prepare(&mut self, scene: &Scene, work: Work, corner: (u16, u16)) -> Result<()> {
        self.windows.clear();
        let place = match work {
            Work::Idle | Work::Film | Work::Windows => None,
            Work::Typing | Work::Scroll => Some(PAGE),
            Work::Corner => Some(BESIDE),
            Work::Drag => Some(DRAGGED),
        };
        if let Some(place) = place {
            self.windows.push(Text::on(scene.device_display(), place)?);
        }
        let (x, y) = (HANDS.0 + corner.0, HANDS.1 + corner.1);
        self.technician.point(x.into(), y.into())
    }

    /// Works for that long.
    pub fn work(&mut self, scene: &Scene, work: Work, span: Duration) -> Result<()> {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let answering = (work == Work::Typing)
                .then(|| scope.spawn(|| scene.stage.answer_keys(PATCH, COLOURS, &stop)));
            let worked = self.play(scene, work, span);
            stop.store(true, Ordering::Relaxed);
            let answered = answering.map_or(Ok(Ok(())), std::thread::ScopedJoinHandle::join);
            worked?;
            answered.map_err(|_| anyhow::anyhow!("the stage panicked"))?
        })
    }

    fn play(&mut self, scene: &Scene, work: Work, span: Duration) -> Result<()> {
        let start = Instant::now();
        let mut done = 0;
        while start.elapsed() < span {
            self.step(scene, work)?;
            self.turn += 1;
            done += 1;
            let next = start + Duration::from_secs(1) * done / work.per_second();
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }

    fn step(&mut self, scene: &Scene, work: Work) -> Result<()> {
        let turn = usize::try_from(self.turn)?;
        let picture = self.film[turn % PICTURES];
        match work {
            Work::Idle => Ok(()),
            Work::Typing => self.technician.tap(key::M),
            Work::Scroll => self.windows.iter_mut().try_for_each(Text::scroll),
            Work::Drag => self
                .windows
                .iter()
                .try_for_each(|text| text.drag(self.turn)),
            Work::Film => scene.stage.show(picture),
            Work::Corner => scene.stage.show_part(picture, CORNER),
            Work::Windows => {
                if self.windows.len() == 3 {
                    self.windows.remove(turn % 3);
                    return Ok(());
                }
                let by = i16::try_from(turn * 97 % 400)?;
                let place = Rectangle {
                    x: DRAGGED.x + by,
                    y: DRAGGED.y + by / 2,
                    ..DRAGGED
                };
                self.windows.push(Text::on(scene.device_display(), place)?);
                Ok(())
            }
        }
    }
}
