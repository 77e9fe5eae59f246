//! A person who is erased: their name and addresses are nowhere any more, and the record holds.

use std::fs;
use std::path::Path;

use farpane_directory::app::export::Wanted;
use farpane_directory::app::{AppError, Denied};
use farpane_directory::audit::export::check;
use farpane_directory::audit::{Actor, Event, Personal};

use crate::agents::Agent;
use crate::seed::Seeded;

/// Files of the installation in which a text stands.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let holds = |path: &Path| {
        let bytes = fs::read(path).expect("reads");
        let wanted = text.as_bytes();
        bytes.windows(wanted.len()).any(|part| part == wanted)
    };
    let files = fs::read_dir(folder).expect("reads");
    let files = files.map(|file| file.expect("is there").path());
    files
        .filter(|path| path.is_file() && holds(path))
        .map(|path| path.display().to_string())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_person_no_name_is_left_and_the_record_holds() {
    const TOM: &str = "tom@example.org";
    let seeded = Seeded::start().await;
    let world = &seeded.world;
    let operator = seeded.operator();
    let tom = operator.person(TOM).await.expect("is there").id;
    let refused = operator.erase_person(tom).await;
    assert!(matches!(
        refused,
        Err(AppError::Denied(Denied::Conflict(_)))
    ));
    // Somebody tries to come in under the address; no id of a person stands in that record.
    let stranger = Agent::new(world);
    let wrong = stranger.try_sign_in(TOM, "wrong password!").await;
    wrong.expect_err("refused");
    let renamed = operator.rename_person(TOM, "Tom Ferrytale").await;
    renamed.expect("renames");
    operator.remove_person(TOM).await.expect("removes");
    let before = world.records().await;
    assert!(
        !files_with(world.folder.path(), TOM).is_empty(),
        "the search finds what is there"
    );

    let records = operator.erase_person(tom).await.expect("erases");
    assert!(records >= 4, "signed in, refused, renamed, removed");
    let after = world.records().await;
    assert_eq!(after.len(), before.len() + 1, "and every chain holds");
    let (last, personal) = after.last().expect("a record");
    assert_eq!(last.event, Event::PersonErased { account: tom });
    assert_eq!(last.actor, Actor::Operator);
    assert!(personal.is_empty());
    for text in [TOM, "Tom Ferrytale"] {
        assert_eq!(files_with(world.folder.path(), text), [""; 0], "{text}");
    }
    // Others keep what is theirs.
    let is_adas =
        |(_, personal): &(_, Personal)| personal.account.as_deref() == Some("ada@example.org");
    assert!(after.iter().any(is_adas));

    let key = &world.app.identity.audit_key;
    let export = operator.export_audit(key, Wanted::default()).await;
    let mut export = export.expect("begins");
    let mut file = String::new();
    while let Some(lines) = export.next().await.expect("reads") {
        file += &lines;
    }
    let checked = check(file.as_bytes(), None).expect("holds without the directory");
    assert_eq!(checked.records, after.len() as u64 + 1);
    assert!(!file.contains(TOM));
    assert_eq!(operator.erase_person(tom).await.expect("again"), 0);
}
