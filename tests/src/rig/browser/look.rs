//! How a window looks at pages: its size, light or dark, which language is asked for, and
//! whether scripts run.

use anyhow::Result;
use serde_json::json;

use super::Browser;

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark letters on a light page.
    Light,
    /// The other way round.
    Dark,
}

impl Scheme {
    /// As the browser and file names say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The screen of a desk.
pub const DESK: (u32, u32) = (1280, 900);
/// The screen of a telephone.
pub const PHONE: (u32, u32) = (390, 844);

impl Browser {
    /// Makes the page's area that large.
    pub fn resize(&self, (width, height): (u32, u32)) -> Result<()> {
        let words =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.protocol("Emulation.setDeviceMetricsOverride", words)?;
        Ok(())
    }

    /// Asks for light or dark pages, and for nothing that moves: colours on their way from one
    /// to the other are nobody's colours.
    pub fn scheme(&self, scheme: Scheme) -> Result<()> {
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme.word()},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.protocol("Emulation.setEmulatedMedia", json!({"features": features}))?;
        Ok(())
    }

    /// Asks for pages in a language, such as `de`.
    pub fn language(&self, language: &str) -> Result<()> {
        self.protocol("Network.enable", json!({}))?;
        let headers = json!({"headers": {"Accept-Language": language}});
        self.protocol("Network.setExtraHTTPHeaders", headers)?;
        Ok(())
    }

    /// Switches the scripts of pages on or off.
    pub fn scripts(&self, run: bool) -> Result<()> {
        self.protocol(
            "Emulation.setScriptExecutionDisabled",
            json!({"value": !run}),
        )?;
        Ok(())
    }

    /// What is wider than the window: the page itself, or its content where that would have to be
    /// scrolled sideways.
    pub fn overflow(&self) -> Result<Vec<String>> {
        let found = self.js(
            "const wide = [];
             // What is folded away has no width worth measuring: it is measured unfolded.
             const folded = document.querySelectorAll('details:not([open])');
             for (const part of folded) part.open = true;
             for (const part of document.querySelectorAll('html, body, body *')) {
               // What is folded away is laid out in no room at all.
               if (!part.checkVisibility()) continue;
               const whole = part.matches('html, body, main, header, form, .card')
                 || ['auto', 'scroll'].includes(getComputedStyle(part).overflowX)
                   && !part.closest('.tabs, nav, pre, textarea');
               if (whole && part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0)
                 wide.push(`${part.tagName}.${part.className}: ${part.scrollWidth} > ${part.clientWidth}`);
             }
             for (const part of folded) part.open = false;
             return wide;",
            &[],
        )?;
        Ok(serde_json::from_value(found)?)
    }
}
