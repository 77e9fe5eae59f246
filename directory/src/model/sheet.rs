//! Cells of tables that people open in spreadsheet programs: what a device calls itself must not
//! become a formula there.

/// What makes a spreadsheet program take a cell for a formula, or for the end of it (OWASP, "CSV
/// Injection").
const ACTIVE: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text as a cell that is only text: what could begin a formula is written behind an apostrophe.
/// A text that itself begins with an apostrophe before such a sign gets one more, so that
/// [`unguarded`] gives back every text as it was.
pub fn guarded(text: &str) -> String {
    let bare = text.trim_start_matches('\'');
    if bare.starts_with(ACTIVE) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The text of a cell that [`guarded`] wrote.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(ACTIVE) => rest,
        Some(_) | None => cell,
    }
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
        ] {
            assert_eq!(guarded(bad), format!("'{bad}"));
        }
        assert_eq!(guarded("till-07"), "till-07");
        assert_eq!(guarded("'quoted'"), "'quoted'");
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_none_is_active(text in "['=+@a\t-]{0,6}") {
            let cell = guarded(&text);
            prop_assert!(!cell.starts_with(ACTIVE));
            prop_assert_eq!(unguarded(&cell), text);
        }
    }
}
