//! Texts that are committed and compared: a change of them is seen in the change that makes it.

use std::path::Path;

/// Compares with `golden/<name>`; `FARPANE_GOLDEN=write` writes it anew instead.
pub(crate) fn same(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name);
    if std::env::var_os("FARPANE_GOLDEN").is_some_and(|wish| wish == "write") {
        std::fs::write(&path, text).expect("writes");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(text.lines()).find(|(old, new)| old != new);
    assert!(
        kept == text,
        "golden/{name} is not what is made now; first difference: {differs:?}. If the change is \
         meant, run the test again with FARPANE_GOLDEN=write and commit the file."
    );
}
