//! Which way pixels reach the display: what the technician wants, and whether this machine has a
//! graphics card at all.

use std::fs;
use std::path::Path;

use clap::ValueEnum;

/// How pictures reach this machine's display.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Present {
    /// By the graphics card where there is one, else through memory
    #[default]
    Auto,
    /// By OpenGL, also where it only pretends to be a graphics card
    Card,
    /// Through memory that is shared with the display
    Memory,
}

/// Parts of the names of renderers that compute on the processor: there the way through memory is
/// forty times cheaper.
const SOFTWARE: &[&str] = &[
    "llvmpipe",
    "softpipe",
    "swrast",
    "swiftshader",
    "software",
    "gdi generic",
    "basic render",
];

/// Files that a machine with a graphics card has: render nodes of the kernel, Nvidia's own driver,
/// Windows' card in a Linux beside it.
const CARDS: &[(&str, &str)] = &[
    ("/dev/dri", "renderD"),
    ("/dev", "nvidiactl"),
    ("/dev", "dxg"),
];

impl Present {
    /// Whether OpenGL is to be tried. Where no card is, its libraries are not even loaded.
    pub(super) fn tries_card(self) -> bool {
        match self {
            Self::Auto => CARDS
                .iter()
                .any(|(folder, name)| has(Path::new(folder), name)),
            Self::Card => true,
            Self::Memory => false,
        }
    }

    /// What was opened of the card. Who lacks it hears so only if they asked for it.
    pub(super) fn or_lacks<T>(self, opened: anyhow::Result<T>) -> Option<T> {
        let error = match opened {
            Ok(opened) => return Some(opened),
            Err(error) => format!("{error:#}"),
        };
        match self {
            Self::Card => tracing::warn!(error, "no graphics card, so pictures go through memory"),
            Self::Auto | Self::Memory => tracing::debug!(error, "no graphics card"),
        }
        None
    }

    /// Whether a renderer of that name is to be used.
    pub(super) fn takes(self, renderer: &str) -> bool {
        match self {
            Self::Auto => !is_software(renderer),
            Self::Card => true,
            Self::Memory => false,
        }
    }
}

/// Whether a renderer computes on the processor.
fn is_software(renderer: &str) -> bool {
    let name = renderer.to_lowercase();
    name.is_empty() || SOFTWARE.iter().any(|part| name.contains(part))
}

/// Whether a folder has a file whose name begins so.
fn has(folder: &Path, begins: &str) -> bool {
    let Ok(mut entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.any(|entry| {
        entry.is_ok_and(|entry| {
            entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(begins.as_bytes())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renderer_in_software_is_used_only_when_told_to() {
        for name in [
            "llvmpipe (LLVM 15.0.6, 256 bits)",
            "softpipe",
            "Google SwiftShader",
            "Software Rasterizer",
            "",
        ] {
            assert!(!Present::Auto.takes(name), "{name}");
            assert!(Present::Card.takes(name), "{name}");
        }
        for name in [
            "Mesa Intel(R) UHD Graphics 620 (KBL GT2)",
            "NVIDIA GeForce RTX 3060/PCIe/SSE2",
            "AMD Radeon RX 6600 (radeonsi, navi23)",
            "V3D 4.2",
        ] {
            assert!(Present::Auto.takes(name), "{name}");
            assert!(!Present::Memory.takes(name), "{name}");
        }
    }

    #[test]
    fn a_card_is_known_by_the_beginning_of_a_files_name() {
        let folder = tempfile::tempdir().expect("folder");
        assert!(!has(folder.path(), "renderD"));
        fs::write(folder.path().join("card0"), "").expect("written");
        assert!(!has(folder.path(), "renderD"));
        fs::write(folder.path().join("renderD128"), "").expect("written");
        assert!(has(folder.path(), "renderD"));
        assert!(!has(&folder.path().join("none"), ""));
    }
}
