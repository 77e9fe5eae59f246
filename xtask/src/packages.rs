//! The system packages that the chores need: one table of what, what for and how to tell that it
//! is there already.

mod install;

use std::env;
use std::path::{Path, PathBuf};

pub(crate) use install::ensure;

/// A chore, as far as system packages are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chore {
    /// `cargo xtask demo`
    Demo,
    /// `cargo xtask test` and `cargo xtask ci`
    Test,
    /// `cargo xtask bench`
    Bench,
    /// `cargo xtask bench peers`, on top of what the other benchmarks need
    Peers,
}

/// One package of Debian and Ubuntu.
#[derive(Debug)]
struct Package {
    /// Its name for apt.
    name: &'static str,
    /// What for, as a phrase for the person who is asked to install it.
    purpose: &'static str,
    /// The chores that need it.
    chores: &'static [Chore],
    /// What proves its presence, however it was installed.
    probe: Probe,
}

/// Something that is on the machine exactly when a package is.
#[derive(Debug)]
enum Probe {
    /// All of these programs.
    Programs(&'static [&'static str]),
    /// This shared library, by its run-time name.
    Library(&'static str),
    /// One of these files below a library folder; releases differ in which.
    LibraryFile(&'static [&'static str]),
    /// This file, by its absolute path.
    File(&'static str),
}

use Chore::{Bench, Demo, Peers, Test};
use Probe::{File, Library, LibraryFile, Programs};

const ALL: &[Chore] = &[Demo, Test, Bench];
const TEST: &[Chore] = &[Test];
const TEST_BENCH: &[Chore] = &[Test, Bench];
const PEERS: &[Chore] = &[Peers];

const fn package(
    name: &'static str,
    purpose: &'static str,
    chores: &'static [Chore],
    probe: Probe,
) -> Package {
    Package {
        name,
        purpose,
        chores,
        probe,
    }
}

const FONT: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
const MESA: &[&str] = &["dri/swrast_dri.so", "dri/libdril_dri.so"];

/// Every package that some chore needs. Demo, tests and benchmarks all build the programs, so what
/// building needs is needed by all of them.
#[rustfmt::skip] // a table is read by column
const PACKAGES: &[Package] = &[
    package("build-essential", "compilers for C and C++", ALL, Programs(&["cc", "c++", "make"])),
    package("nasm", "without it the H.264 encoder is three times slower", ALL, Programs(&["nasm"])),
    package("pkg-config", "finds libraries while building", ALL, Programs(&["pkg-config"])),
    package("xvfb", "virtual displays", ALL, Programs(&["Xvfb"])),
    package("openbox", "window manager of the virtual displays", ALL, Programs(&["openbox"])),
    package("xterm", "a program to look at", ALL, Programs(&["xterm"])),
    package("x11-apps", "programs to look at", ALL, Programs(&["xclock", "xeyes"])),
    package("x11-xserver-utils", "asks and colours displays", ALL, Programs(&["xset", "xsetroot"])),
    package("imagemagick", "screenshots", ALL, Programs(&["import"])),
    package("fonts-dejavu-core", "letters on the virtual displays", ALL, File(FONT)),
    package("libx11-6", "the viewer's windows", ALL, Library("libX11.so.6")),
    package("libx11-xcb1", "the viewer's windows", ALL, Library("libX11-xcb.so.1")),
    package("libxcursor1", "the viewer's pointer", ALL, Library("libXcursor.so.1")),
    package("libxi6", "the viewer's mouse and keyboard", ALL, Library("libXi.so.6")),
    package("libxrandr2", "monitors", ALL, Library("libXrandr.so.2")),
    package("libxkbcommon0", "keyboard layouts", ALL, Library("libxkbcommon.so.0")),
    package("libxkbcommon-x11-0", "keyboard layouts", ALL, Library("libxkbcommon-x11.so.0")),
    package("libgl1", "the viewer's windows", ALL, Library("libGL.so.1")),
    package("libegl1", "the viewer's windows", ALL, Library("libEGL.so.1")),
    package("libgl1-mesa-dri", "the same without a graphics card", ALL, LibraryFile(MESA)),
    package("libxcb1-dev", "builds the capture library scrap", TEST, File("/usr/include/xcb/xcb.h")),
    package("libxcb-shm0-dev", "builds the capture library scrap", TEST, File("/usr/include/xcb/shm.h")),
    package("libxcb-randr0-dev", "builds the capture library scrap", TEST, File("/usr/include/xcb/randr.h")),
    package("xserver-xephyr", "a person at a nested display", TEST, Programs(&["Xephyr"])),
    package("xdotool", "keys and clicks into windows", TEST_BENCH, Programs(&["xdotool"])),
    package("x11-xkb-utils", "keyboards of other countries", TEST, Programs(&["setxkbmap"])),
    package("xclip", "copies and pastes", TEST, Programs(&["xclip"])),
    package("xsel", "copies and pastes in pieces", TEST, Programs(&["xsel"])),
    package("iproute2", "networks with loss and delay", TEST, Programs(&["ip", "tc"])),
    package("nftables", "networks that block", TEST, Programs(&["nft"])),
    package("chromium", "a browser for the console", TEST, Programs(&["chromium"])),
    package("chromium-driver", "drives that browser", TEST, Programs(&["chromedriver"])),
    package("libnss3-tools", "lets that browser trust a directory", TEST, Programs(&["certutil"])),
    package("tigervnc-standalone-server", "to compare with", PEERS, Programs(&["Xtigervnc"])),
    package("tigervnc-scraping-server", "to compare with", PEERS, Programs(&["X0tigervnc"])),
    package("tigervnc-viewer", "to compare with", PEERS, Programs(&["xtigervncviewer"])),
    package("x11vnc", "to compare with", PEERS, Programs(&["x11vnc"])),
    package("xpra", "to compare with", PEERS, Programs(&["xpra"])),
    package("python3-pil", "xpra sends no picture without it", PEERS, File("/usr/lib/python3/dist-packages/PIL")),
    package("python3-gi-cairo", "xpra shows no picture without it", PEERS, File("/usr/share/doc/python3-gi-cairo")),
    package("gstreamer1.0-tools", "to compare with", PEERS, Programs(&["gst-launch-1.0"])),
    package("gstreamer1.0-x", "to compare with", PEERS, LibraryFile(&["gstreamer-1.0/libgstximagesink.so"])),
    package("gstreamer1.0-plugins-good", "to compare with", PEERS, LibraryFile(&["gstreamer-1.0/libgstximagesrc.so"])),
    package("gstreamer1.0-plugins-ugly", "to compare with", PEERS, LibraryFile(&["gstreamer-1.0/libgstx264.so"])),
    package("gstreamer1.0-libav", "to compare with", PEERS, LibraryFile(&["gstreamer-1.0/libgstlibav.so"])),
    package("ffmpeg", "plays video, finds none in a capture", TEST_BENCH, Programs(&["ffmpeg"])),
];

/// The packages that `chore` needs and this machine lacks, in the order of the table.
fn missing(chore: Chore, machine: &Machine) -> Vec<&'static Package> {
    PACKAGES
        .iter()
        .filter(|package| package.chores.contains(&chore) && !machine.has(&package.probe))
        .collect()
}

/// Where a machine keeps programs and libraries.
#[derive(Debug)]
struct Machine {
    programs: Vec<PathBuf>,
    libraries: Vec<PathBuf>,
    root: PathBuf,
}

impl Machine {
    /// The one that we run on.
    fn here() -> Self {
        let mut programs: Vec<PathBuf> =
            env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
        // Debian keeps `nft` and `tc` out of an ordinary user's PATH.
        programs.extend(["/usr/sbin".into(), "/sbin".into()]);
        let triplet = format!("/usr/lib/{}-linux-gnu", env::consts::ARCH);
        let libraries = vec![triplet.into(), "/usr/lib64".into(), "/usr/lib".into()];
        Self {
            programs,
            libraries,
            root: "/".into(),
        }
    }

    fn has(&self, probe: &Probe) -> bool {
        let any = |folders: &[PathBuf], name: &str| folders.iter().any(|f| f.join(name).exists());
        match probe {
            Programs(names) => names.iter().all(|name| any(&self.programs, name)),
            Library(name) => any(&self.libraries, name),
            LibraryFile(names) => names.iter().any(|name| any(&self.libraries, name)),
            File(path) => self
                .root
                .join(Path::new(path).strip_prefix("/").unwrap_or(Path::new(path)))
                .exists(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;
    use crate::demo::scratch::Scratch;

    fn names(packages: &[&Package]) -> Vec<&'static str> {
        packages.iter().map(|package| package.name).collect()
    }

    /// A machine whose three folders are the same empty one.
    fn bare(folder: &Path) -> Machine {
        Machine {
            programs: vec![folder.into()],
            libraries: vec![folder.into()],
            root: folder.into(),
        }
    }

    #[test]
    fn a_bare_machine_lacks_everything_that_a_chore_needs() {
        let folder = Scratch::temporary().expect("folder");
        let machine = bare(folder.path());
        let peers = missing(Chore::Peers, &machine).len();
        assert_eq!(missing(Test, &machine).len() + peers, PACKAGES.len());
        let demo = names(&missing(Demo, &machine));
        assert!(demo.contains(&"nasm") && demo.contains(&"xvfb"), "{demo:?}");
        assert!(
            !demo.contains(&"xserver-xephyr"),
            "only tests need a nested display: {demo:?}"
        );
    }

    #[test]
    fn a_package_counts_as_there_only_with_all_its_programs() {
        let folder = Scratch::temporary().expect("folder");
        let machine = bare(folder.path());
        fs::write(folder.path().join("xclock"), "").expect("written");
        assert!(names(&missing(Demo, &machine)).contains(&"x11-apps"));
        fs::write(folder.path().join("xeyes"), "").expect("written");
        assert!(!names(&missing(Demo, &machine)).contains(&"x11-apps"));
    }

    #[test]
    fn any_of_the_files_of_a_graphics_driver_is_enough() {
        let folder = Scratch::temporary().expect("folder");
        let machine = bare(folder.path());
        assert!(names(&missing(Demo, &machine)).contains(&"libgl1-mesa-dri"));
        fs::create_dir(folder.path().join("dri")).expect("folder");
        fs::write(folder.path().join("dri/libdril_dri.so"), "").expect("written");
        assert!(!names(&missing(Demo, &machine)).contains(&"libgl1-mesa-dri"));
    }

    #[test]
    fn a_file_is_looked_for_below_the_root() {
        let folder = Scratch::temporary().expect("folder");
        let fonts = folder.path().join("usr/share/fonts/truetype/dejavu");
        fs::create_dir_all(&fonts).expect("folder");
        let machine = bare(folder.path());
        assert!(names(&missing(Demo, &machine)).contains(&"fonts-dejavu-core"));
        fs::write(fonts.join("DejaVuSansMono.ttf"), "").expect("written");
        assert!(!names(&missing(Demo, &machine)).contains(&"fonts-dejavu-core"));
    }

    #[test]
    fn no_package_is_listed_twice() {
        let unique: BTreeSet<_> = PACKAGES.iter().map(|package| package.name).collect();
        assert_eq!(unique.len(), PACKAGES.len());
    }

    #[test]
    fn tests_need_whatever_the_demo_needs() {
        // An end-to-end test starts the same programs on the same virtual displays.
        for package in PACKAGES
            .iter()
            .filter(|package| package.chores.contains(&Demo))
        {
            assert!(package.chores.contains(&Test), "{}", package.name);
        }
    }
}
