//! Cells of tables that people open in spreadsheet programs: what a device calls itself must not
//! become a formula there.

/// What makes a spreadsheet program take a cell for a formula, or for the end of it (OWASP, "CSV
/// Injection").
const ACTIVE: [char; 10] = [
    '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// What ends a cell for a program that separates cells by another sign than the comma, such as a
/// spreadsheet in German, and does not heed quotation marks then.
const ENDS: [char; 5] = [';', '\t', '\r', '\n', '"'];

/// Where a program may see the beginning of a cell: at the start, and after each of [`ENDS`].
fn beginnings(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(ENDS)
}

fn is_active(begins: &str) -> bool {
    begins.trim_start_matches('\'').starts_with(ACTIVE)
}

/// A text as a cell that is only text: what could begin a formula is written behind an apostrophe.
/// What itself begins with an apostrophe before such a sign gets one more, so that [`unguarded`]
/// gives back every text as it was.
pub fn guarded(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 1);
    for part in beginnings(text) {
        if is_active(part) {
            cell.push('\'');
        }
        cell.push_str(part);
    }
    cell
}

/// The text of a cell that [`guarded`] wrote.
pub fn unguarded(cell: &str) -> String {
    let bare = |part| match str::strip_prefix(part, '\'') {
        Some(rest) if is_active(rest) => rest,
        Some(_) | None => part,
    };
    beginnings(cell).map(bare).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_cell_begins_a_formula() {
        for bad in [
            "=1+1",
            "+1",
            "-2",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "=cmd|'/c calc'!A1",
            "\u{ff1d}1+1",
        ] {
            let cell = guarded(bad);
            assert!(
                !cell.split(ENDS).any(|part| part.starts_with(ACTIVE)),
                "{cell}"
            );
        }
        assert_eq!(guarded("=1+1"), "'=1+1");
        assert_eq!(guarded("pc;=1+1"), "pc;'=1+1");
        assert_eq!(guarded("pc\";=1+1"), "pc\";'=1+1");
        assert_eq!(guarded("till-07"), "till-07");
        assert_eq!(guarded("'quoted'"), "'quoted'");
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_none_is_active(text in "['=+@a;\"\n\t-]{0,8}") {
            let cell = guarded(&text);
            prop_assert!(!cell.split(ENDS).any(|part| part.starts_with(ACTIVE)));
            prop_assert_eq!(unguarded(&cell), text);
        }
    }
}
