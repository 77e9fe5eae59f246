//! `device approve`, `rename`, `move`, `tag`, `untag`, `set`, `remove` and `undo`.

use serde_json::json;
use uuid::Uuid;

use super::named;
use crate::app::bulk::Selection;
use crate::app::caller::Caller;
use crate::cli::failure::Failure;
use crate::cli::{Context, output};
use crate::model::bulk::Act;

const fn done(act: &Act) -> &'static str {
    match act {
        Act::Tag { .. } => "tagged",
        Act::Untag { .. } => "untagged",
        Act::Move { .. } => "moved",
        Act::SetField { .. } => "changed",
        Act::Approve => "approved",
        Act::Remove => "removed",
    }
}

/// Does something to one device.
pub(super) async fn one(
    context: &Context,
    caller: &Caller,
    device: &str,
    act: Act,
) -> Result<(), Failure> {
    let device = named::device(caller, device).await?;
    let word = done(&act);
    let selection = Selection::Devices(vec![device.id]);
    let (change, count) = caller.act(act, &selection).await?;
    let said = if count > 0 { word } else { "was so before" };
    if context.json {
        output::json(&json!({ "device": device.id, "done": said, "change": change }));
        return Ok(());
    }
    if count > 0 {
        let hint = context.hint(&format!("device undo {change}"));
        output::remark(&format!("For ten minutes this can be undone: {hint}"));
    }
    output::line(&format!("{} {said}", device.id));
    Ok(())
}

/// Puts a device elsewhere.
pub(super) async fn put(
    context: &Context,
    caller: &Caller,
    device: &str,
    to: &str,
) -> Result<(), Failure> {
    let tree = caller.tree().await?;
    let spot = named::spot(&tree, to)?;
    let act = Act::Move {
        customer: spot.tenant,
        place: spot.place,
    };
    one(context, caller, device, act).await
}

/// Gives a device another name.
pub(super) async fn rename(
    context: &Context,
    caller: &Caller,
    device: &str,
    name: &str,
) -> Result<(), Failure> {
    let device = named::device(caller, device).await?;
    let name = caller.rename_device(device.id, name).await?;
    let done = format!("is now called {name}");
    if context.json {
        output::json(&json!({ "device": device.id, "done": done }));
    } else {
        output::line(&format!("{} {done}", device.id));
    }
    Ok(())
}

/// Undoes a change.
pub(super) async fn undo(context: &Context, caller: &Caller, change: Uuid) -> Result<(), Failure> {
    let count = caller.undo_bulk(change).await?;
    if context.json {
        output::json(&json!({ "change": change, "devices": count }));
    } else {
        output::line(&format!("{count} devices are as they were before"));
    }
    Ok(())
}
