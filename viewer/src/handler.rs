//! Makes this viewer the program that opens `farpane://` links on this desktop, for this person
//! only: one desktop file, which can be taken away again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use anyhow::{Context as _, Result};
use farpane_protocol::outcome::Outcome;

use crate::failure::Failure;

/// Name of the desktop file.
const FILE: &str = "farpane-viewer-links.desktop";

/// What links are to the desktop.
const KIND: &str = "x-scheme-handler/farpane";

/// The folder of this person's desktop files.
fn folder() -> Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = set("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| Path::new(&home).join(".local/share")));
    let sentence = "Neither HOME nor XDG_DATA_HOME is set, so there is no place for desktop files.";
    let base = base.ok_or_else(|| Failure::new(Outcome::Usage, sentence))?;
    Ok(base.join("applications"))
}

/// A word of a desktop file's command line: in quotes, with what is special there escaped, and
/// escaped once more because the whole value is a string of that file (Desktop Entry
/// Specification, "The Exec key").
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '`' | '$' => text.extend(["\\\\", &letter.to_string()]),
            '\\' => text.push_str("\\\\\\\\"),
            '%' => text.push_str("%%"),
            _ => text.push(letter),
        }
    }
    text.push('"');
    text
}

/// The desktop file: `program`, with its data in `data` if that was chosen.
fn text(program: &Path, data: Option<&Path>) -> Option<String> {
    // A line break would begin another key.
    let word = |path: &Path| {
        let text = path.to_str()?;
        (!text.chars().any(char::is_control)).then(|| quoted(text))
    };
    let mut exec = word(program)?;
    if let Some(data) = data {
        exec.push_str(&format!(" --data {}", word(data)?));
    }
    Some(format!(
        "[Desktop Entry]\nType=Application\nName=Farpane viewer (links)\n\
         Comment=Opens devices from links\nExec={exec} open %u\nNoDisplay=true\n\
         Terminal=false\nMimeType={KIND};\n"
    ))
}

/// Runs a tool of the desktop; whether there is one and it worked.
fn told(tool: &str, words: &[&str]) -> bool {
    let mut command = Command::new(tool);
    command.args(words).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn tell_desktop(folder: &Path) {
    // Where there is none, desktops read the folder themselves.
    told("update-desktop-database", &[&folder.to_string_lossy()]);
}

/// Makes this program open links. The desktop file, and whether the desktop was told as well.
///
/// # Errors
/// If the file cannot be written.
pub fn install(data: Option<&Path>) -> Result<(PathBuf, bool)> {
    let program = std::env::current_exe().context("Cannot find this program's own file")?;
    let data = match data {
        Some(data) => Some(std::path::absolute(data).context("Cannot find the data folder")?),
        None => None,
    };
    let sentence = "The path of this program or of its data has letters that a desktop file cannot \
                    name. Move it elsewhere.";
    let text = text(&program, data.as_deref());
    let text = text.ok_or_else(|| Failure::new(Outcome::Usage, sentence))?;
    let folder = folder()?;
    let file = folder.join(FILE);
    let named = || format!("Cannot write {}", file.display());
    fs::create_dir_all(&folder).with_context(named)?;
    let beside = folder.join(format!("{FILE}.new"));
    fs::write(&beside, text).with_context(named)?;
    fs::rename(&beside, &file).with_context(named)?;
    tell_desktop(&folder);
    let told = told("xdg-mime", &["default", FILE, KIND]);
    Ok((file, told))
}

/// What stays of a list of defaults (MIME Applications Associations, "mimeapps.list") without our
/// file: `xdg-mime` writes it there and has no word for taking it out. `None` if it is not in it.
fn without_us(list: &str) -> Option<String> {
    let mut changed = false;
    let lines = list.split_inclusive('\n').filter_map(|line| {
        let Some((kind, files)) = line.trim_end().split_once('=') else {
            return Some(line.to_owned());
        };
        let mut left: Vec<&str> = files.split(';').filter(|file| !file.is_empty()).collect();
        let before = left.len();
        left.retain(|file| *file != FILE);
        if kind.trim() != KIND || left.len() == before {
            return Some(line.to_owned());
        }
        changed = true;
        (!left.is_empty()).then(|| format!("{kind}={};\n", left.join(";")))
    });
    let lines: String = lines.collect();
    changed.then_some(lines)
}

/// Takes our file out of this person's list of defaults, where it is in it.
fn forget_default() -> Result<()> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| Path::new(&home).join(".config")));
    let Some(list) = base.map(|base| base.join("mimeapps.list")) else {
        return Ok(());
    };
    let named = || format!("Cannot change {}", list.display());
    let text = match fs::read_to_string(&list) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(named),
    };
    if let Some(text) = without_us(&text) {
        // Where it is a link to a file kept elsewhere, that file is the list.
        let list = fs::canonicalize(&list).with_context(named)?;
        let beside = list.with_extension("list.new");
        fs::write(&beside, text).with_context(named)?;
        fs::rename(&beside, &list).with_context(named)?;
    }
    Ok(())
}

/// Takes that back. Whether there was anything.
///
/// # Errors
/// If the file cannot be removed, or the list of defaults cannot be changed.
pub fn remove() -> Result<bool> {
    let folder = folder()?;
    forget_default()?;
    let file = folder.join(FILE);
    match fs::remove_file(&file) {
        Ok(()) => {
            tell_desktop(&folder);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("Cannot remove {}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word_whatever_is_in_it() {
        let text = text(
            Path::new("/opt/a b/100%/$HOME\"x\\y"),
            Some(Path::new("/d e")),
        );
        let text = text.expect("nameable");
        let exec = text.lines().find(|line| line.starts_with("Exec="));
        let expected = r#"Exec="/opt/a b/100%%/\\$HOME\\"x\\\\y" --data "/d e" open %u"#;
        assert_eq!(exec, Some(expected));
    }

    #[test]
    fn a_path_that_would_begin_another_key_is_refused() {
        assert_eq!(text(Path::new("/opt/a\nExec=/bin/sh"), None), None);
    }

    #[test]
    fn only_our_own_default_is_taken_back() {
        let list = "[Default Applications]\nx-scheme-handler/http=web.desktop\n\
                    x-scheme-handler/farpane=farpane-viewer-links.desktop\n[Other]\nx=y\n";
        let left = "[Default Applications]\nx-scheme-handler/http=web.desktop\n[Other]\nx=y\n";
        assert_eq!(without_us(list).as_deref(), Some(left));
        assert_eq!(without_us(left), None);
        let both = "x-scheme-handler/farpane=other.desktop;farpane-viewer-links.desktop;\n";
        let one = "x-scheme-handler/farpane=other.desktop;\n";
        assert_eq!(without_us(both).as_deref(), Some(one));
        let elsewhere = "x-scheme-handler/http=farpane-viewer-links.desktop\n";
        assert_eq!(without_us(elsewhere), None);
    }
}
