//! Pictures of every page, for people to look at: empty, with one device, with devices that lie
//! about themselves, and crowded; on a desk and on a telephone; light and dark; in both languages.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use farpane_tests::rig::browser::Browser;
use farpane_tests::rig::browser::look::{DESK, PHONE, Scheme};
use farpane_tests::rig::estate::{ADMIN, Estate, PASSWORD};

use super::lies::tell_lies;
use super::turn;
use super::walk::{every_page, furnish, half_way, kind};

/// Devices of a crowded estate.
const CROWD: usize = 10_000;
/// Customers that they belong to.
const CUSTOMERS: usize = 40;
/// Length of the longest names, in characters.
const LONG: usize = 200;

/// Where the pictures go: the folder that `FARPANE_TOUR` names, or one that goes with the test.
fn folder(estate: &Estate) -> Result<PathBuf> {
    let folder = std::env::var_os("FARPANE_TOUR")
        .map_or_else(|| estate.folder().join("tour"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn file_name(path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        "overview".to_owned()
    } else {
        words.join("-").chars().take(60).collect()
    }
}

/// Takes pictures of what is open, in all looks; how many.
fn shoot(browser: &Browser, folder: &Path, stage: &str, path: &str) -> Result<usize> {
    let mut taken = 0;
    for size in [DESK, PHONE] {
        browser.resize(size)?;
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.scheme(scheme)?;
            let (page, width, scheme) = (file_name(&kind(path)), size.0, scheme.word());
            browser.shot(&folder.join(format!("{stage}-{page}-{width}-{scheme}.png")))?;
            taken += 1;
        }
    }
    Ok(taken)
}

/// Every page as the estate is now, under the name of that `stage`.
fn pictures(browser: &Browser, folder: &Path, stage: &str) -> Result<usize> {
    let mut taken = 0;
    every_page(browser, |path| {
        taken += shoot(browser, folder, stage, path)?;
        Ok(())
    })?;
    Ok(taken)
}

/// A catalogue of many devices, some of them with very long names.
fn crowd() -> String {
    let systems = [
        "Windows 11",
        "Windows 10",
        "Debian 12",
        "Ubuntu 24.04",
        "macOS 15",
    ];
    let mut csv = "name,customer,os\n".to_owned();
    for number in 0..CROWD {
        let name = match number % 1000 {
            0 => "a very long name ".repeat(LONG / 17 + 1),
            1 => "w".repeat(LONG),
            _ => format!("till-{number:05}"),
        };
        let name: String = name.chars().take(LONG).collect();
        let (name, system) = (name.trim(), systems[number % systems.len()]);
        writeln!(csv, "{name},Customer {},{system}", number % CUSTOMERS).expect("a string grows");
    }
    csv
}

#[test]
#[ignore = "takes minutes: cargo xtask tour FOLDER, or --long"]
fn every_page_has_its_picture_taken() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let folder = folder(&estate)?;
    let browser = estate.browser("browser")?;
    browser.resize(DESK)?;
    browser.open("/sign-in")?;
    browser.shot(&folder.join("empty-sign-in.png"))?;
    browser.sign_in(ADMIN, PASSWORD)?;
    let mut taken = pictures(&browser, &folder, "empty")?;
    furnish(&estate);
    taken += pictures(&browser, &folder, "one")?;
    tell_lies(&estate)?;
    taken += pictures(&browser, &folder, "lies")?;
    let file = estate.folder().join("crowd.csv");
    fs::write(&file, crowd())?;
    estate
        .admin(&[
            "device",
            "import",
            &file.to_string_lossy(),
            "--create-customers",
        ])
        .expect_done();
    taken += pictures(&browser, &folder, "crowd")?;
    browser.language("de")?;
    taken += pictures(&browser, &folder, "german")?;
    half_way(&estate, &browser, |path| {
        taken += shoot(&browser, &folder, "half-way", path)?;
        Ok(())
    })?;
    println!("{taken} pictures in {}", folder.display());
    browser.finish();
    Ok(())
}
