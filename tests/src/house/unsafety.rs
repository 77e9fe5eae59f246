//! `unsafe` is met in five places only, and each explains why it holds.

use super::Violation;
use super::source::RustFile;

/// Codec calls, what the host asks of the system (the X server's shared memory, changes in a folder),
/// the viewer's calls of OpenGL, the relay's socket calls, and the layer that tests put under a
/// program's file calls.
const HOMES: &[&str] = &[
    "media/src/h264",
    "host/src/platform",
    "viewer/src/window/present/card",
    "relay/src/socket",
    "tests/disk/src/calls",
];

/// Lines of code between an explanation and its `unsafe`: room for an attribute or the beginning
/// of a statement.
const NEAR: usize = 3;

/// `unsafe` outside its places.
pub fn places(files: &[RustFile]) -> Vec<Violation> {
    each_unsafe(files)
        .filter(|(file, _)| !HOMES.iter().any(|home| file.file.is_under(home)))
        .map(|(file, line)| {
            let what = format!("`unsafe` is met only under {}", HOMES.join(", "));
            Violation::at(file.path(), line, what)
        })
        .collect()
}

/// `unsafe` without a word on why it holds.
pub fn explanations(files: &[RustFile]) -> Vec<Violation> {
    each_unsafe(files)
        .filter(|(file, line)| !explained(&file.file.text, *line))
        .map(|(file, line)| {
            Violation::at(file.path(), line, "`unsafe` needs a SAFETY comment above")
        })
        .collect()
}

fn each_unsafe(files: &[RustFile]) -> impl Iterator<Item = (&RustFile, usize)> {
    files.iter().flat_map(|file| {
        let tokens = file.tokens.iter().filter(|token| token.text == "unsafe");
        tokens.map(move |token| (file, token.line))
    })
}

/// Whether the nearest comment that ends at most `NEAR` lines above `line` (from 1) is about
/// safety: `SAFETY:` at a block, `# Safety` in the documents of an unsafe function.
fn explained(text: &str, line: usize) -> bool {
    let lines: Vec<_> = text.lines().collect();
    let is_comment = |index: &usize| lines[*index].trim_start().starts_with("//");
    let speaks =
        |index: usize| lines[index].contains("SAFETY") || lines[index].contains("# Safety");
    let above = line.saturating_sub(1);
    if lines.get(above).is_some_and(|own| own.contains("SAFETY")) {
        return true;
    }
    let Some(end) = (above.saturating_sub(NEAR)..above).rev().find(is_comment) else {
        return false;
    };
    (0..=end).rev().take_while(is_comment).any(speaks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::source::tests::rust;

    #[test]
    fn unsafe_outside_its_places_is_found() {
        let text = "fn a() { unsafe { b() } }";
        assert_eq!(places(&[rust("viewer/src/a.rs", text)]).len(), 1);
        assert_eq!(places(&[rust("tests/src/a.rs", text)]).len(), 1);
        assert!(places(&[rust("media/src/h264/encoder.rs", text)]).is_empty());
        assert!(places(&[rust("viewer/src/a.rs", "#![forbid(unsafe_code)] // unsafe")]).is_empty());
    }

    #[test]
    fn unsafe_without_a_reason_is_found() {
        for text in [
            "fn a() { unsafe { b() } }",
            "// Because.\nunsafe fn a() {}",
            "// SAFETY: far away.\n\n\n\n\nunsafe fn a() {}",
        ] {
            assert_eq!(explanations(&[rust("a/src/b.rs", text)]).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_reason_may_be_long_and_stand_above_the_statement() {
        for text in [
            "// SAFETY: it holds.\nunsafe fn a() {}",
            "// SAFETY: one\n// two\n// three\n// four\n// five\nlet x =\n    unsafe { b() };",
            "/// # Safety\n///\n/// The pointer is valid.\n#[inline]\nunsafe fn a() {}",
        ] {
            assert!(
                explanations(&[rust("a/src/b.rs", text)]).is_empty(),
                "{text}"
            );
        }
    }
}
