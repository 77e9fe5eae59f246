//! Holds the whole tree to the house rules; each rule, with what it looks like broken, is in
//! `src/house/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cargo_metadata::MetadataCommand;
use farpane_tests::house::edges::{self, Package};
use farpane_tests::house::source::{RustFile, TextFile};
use farpane_tests::house::{
    Violation, boundaries, escapes, floors, layout, purity, unsafety, wording,
};

/// Folders at the top that hold no text of ours: builds, version control, what a checkout brings.
const FOREIGN_FOLDERS: [&str; 3] = ["target", ".git", "shared"];

fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("the crate lies in the workspace")
        .to_path_buf()
}

/// Every text file of the tree.
fn texts() -> &'static [TextFile] {
    static TEXTS: OnceLock<Vec<TextFile>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let root = repository();
        let mut texts = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("readable folder") {
                let entry = entry.expect("readable entry");
                let kind = entry.file_type().expect("known kind");
                let name = entry.file_name();
                let foreign = folder == root && FOREIGN_FOLDERS.iter().any(|known| name == *known);
                if kind.is_dir() && !foreign {
                    folders.push(entry.path());
                } else if kind.is_file()
                    // What is no UTF-8 is a picture or a font.
                    && let Ok(text) = fs::read_to_string(entry.path())
                {
                    let path = entry.path();
                    let path = path.strip_prefix(&root).expect("below the root");
                    texts.push(TextFile::new(path.to_string_lossy(), text));
                }
            }
        }
        texts.sort_by(|a, b| a.path.cmp(&b.path));
        texts
    })
}

/// Every Rust file of the tree, in tokens.
fn sources() -> Vec<RustFile> {
    let rust = texts().iter().filter(|file| file.path.ends_with(".rs"));
    let parsed: Result<Vec<_>, _> = rust.cloned().map(RustFile::parse).collect();
    parsed.unwrap_or_else(|violation| panic!("{violation}"))
}

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .current_dir(repository())
        .no_deps()
        .other_options(["--locked".to_owned()])
        .exec()
        .expect("cargo metadata");
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Package {
            name: package.name.to_string(),
            dependencies: package
                .dependencies
                .iter()
                .map(|used| used.name.clone())
                .collect(),
        })
        .collect()
}

/// Names of all packages that the protocol crate alone is built from. From `cargo tree`, because
/// the metadata of a whole workspace adds the features that other crates ask for.
fn protocol_closure() -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(repository())
        .args([
            "tree",
            "--locked",
            "--package",
            "farpane-protocol",
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).expect("text");
    lines
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn hold(violations: &[Violation]) {
    let lines: Vec<_> = violations
        .iter()
        .map(|violation| format!("  {violation}"))
        .collect();
    assert!(
        violations.is_empty(),
        "{} violations:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

#[test]
fn the_rules_see_the_real_tree() {
    // A rule that is shown no files finds nothing, for ever.
    let here = |path: &str| texts().iter().any(|file| file.path == path);
    assert!(
        here("Cargo.toml") && here("protocol/src/lib.rs") && here("tests/tests/house_rules.rs")
    );
    assert!(sources().len() > 50);
    assert!(packages().len() >= 10);
    assert!(protocol_closure().iter().any(|name| name == "prost"));
}

#[test]
fn crates_depend_downward_only() {
    hold(&edges::direction(&packages()));
}

#[test]
fn foreign_crates_are_in_one_manifest_each() {
    hold(&edges::one_home(&packages()));
}

#[test]
fn foreign_crates_are_named_in_one_folder_each() {
    hold(&boundaries::foreign_crates(&sources()));
}

#[test]
fn protocol_is_built_from_pure_crates() {
    hold(&purity::dependencies(&protocol_closure()));
}

#[test]
fn protocol_takes_time_and_chance_as_arguments() {
    hold(&purity::sources(&sources()));
}

#[test]
fn tls_is_configured_in_one_crate() {
    hold(&boundaries::tls_configurations(&sources()));
}

#[test]
fn only_one_crate_decides_whom_tls_trusts() {
    hold(&boundaries::trust_decisions(&sources()));
}

#[test]
fn every_file_says_what_it_is() {
    hold(&layout::introductions(&sources()));
}

#[test]
fn every_name_says_what_is_inside() {
    hold(&layout::names(&sources()));
}

#[test]
fn files_are_short_enough_to_read() {
    hold(&layout::lengths(&sources()));
}

#[test]
fn no_text_names_a_private_folder() {
    hold(&layout::private_paths(texts()));
}

#[test]
fn unsafe_stays_in_its_places() {
    hold(&unsafety::places(&sources()));
}

#[test]
fn unsafe_is_explained() {
    hold(&unsafety::explanations(&sources()));
}

#[test]
fn no_lint_is_silenced_for_good() {
    hold(&escapes::silenced_lints(&sources()));
}

#[test]
fn every_queue_has_a_bound() {
    hold(&escapes::unbounded_queues(&sources()));
}

#[test]
fn minimum_versions_bite() {
    assert!(texts().iter().any(|file| file.path == "deny.toml"));
    hold(&floors::exact_by_mistake(texts()));
}

#[test]
fn error_messages_are_phrases() {
    hold(&wording::error_messages(&sources()));
}
