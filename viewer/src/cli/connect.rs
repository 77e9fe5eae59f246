//! `farpane-viewer connect`: finds the device, then opens the window of its session.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use farpane_media::paint::printable;
use farpane_protocol::api::DeviceRow;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::outcome::Outcome;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_transport::directory::Agent;

use super::{Clipboard, Connect, Monitors, block_on, devices, result, say};
use crate::account::Home;
use crate::failure::Failure;
use crate::recent;
use crate::session::input::InputQueue;
use crate::session::shared::Shared;
use crate::session::{self, Plan};
use crate::trace::Trace;
use crate::window::{self, Options, Running, Starter};

/// Devices that are named when a name fits several.
const NAMED: usize = 5;

pub(super) fn run(home: &Home, connect: &Connect) -> Result<Outcome> {
    let here = home.signed_in()?;
    let agent = here.agent()?;
    window::check_display()?;
    let (device, name) = find(home, &agent, &connect.device)?;
    let trace = Arc::new(match &connect.trace {
        Some(path) => Trace::to(path)?,
        None => Trace::off(),
    });
    let scopes = if connect.view_only {
        ScopeSet::of(&[Scope::View])
    } else {
        ScopeSet::of(&[Scope::View, Scope::Control])
    };
    let plan = Plan {
        home: home.clone(),
        agent,
        key: here.key,
        device,
        scopes,
        also: clipboard(connect),
        reason: connect.reason.clone(),
    };
    let options = Options {
        name,
        asked: scopes,
        all_monitors: connect.monitors == Monitors::All,
        full_screen: connect.fullscreen,
        keyboard: connect.keyboard,
        system_keys: connect.system_keys,
        present: connect.present,
        stay: connect.stay,
    };
    let ending = window::run(options, starter(plan, trace.clone()), trace)?;
    if ending.outcome == Outcome::Done {
        result(&ending.sentence);
    } else {
        say(&ending.sentence);
    }
    Ok(ending.outcome)
}

/// The rights for clipboard text. Who only looks exchanges none.
fn clipboard(connect: &Connect) -> ScopeSet {
    if connect.view_only {
        return ScopeSet::EMPTY;
    }
    match connect.clipboard {
        Clipboard::Both => ScopeSet::CLIPBOARD,
        Clipboard::ToDevice => ScopeSet::of(&[Scope::ClipboardIn]),
        Clipboard::FromDevice => ScopeSet::of(&[Scope::ClipboardOut]),
        Clipboard::Off => ScopeSet::EMPTY,
    }
}

fn starter(plan: Plan, trace: Arc<Trace>) -> Starter {
    Box::new(move |wake| {
        let shared = Arc::new(Shared::new(Instant::now(), wake));
        let input = Arc::new(InputQueue::default());
        let handle = session::start(plan.clone(), shared.clone(), input.clone(), trace.clone())?;
        Ok(Running {
            shared,
            input,
            handle: Some(handle),
        })
    })
}

/// The device that is meant: an id is taken as it is, a name is looked up.
fn find(home: &Home, agent: &Agent, wanted: &str) -> Result<(DeviceId, String)> {
    if let Ok(id) = wanted.parse::<DeviceId>() {
        let known = recent::load(home)
            .into_iter()
            .find(|device| device.id == id);
        return Ok((
            id,
            known.map_or_else(|| "device".to_owned(), |device| device.name),
        ));
    }
    let list = block_on(async { Ok(devices::list(agent, wanted).await?) })?;
    let device = choose(wanted, &list.devices)?;
    Ok((device.id, device.name.clone()))
}

/// The one device with that name; without regard to case where that is unambiguous.
fn choose<'a>(wanted: &str, devices: &'a [DeviceRow]) -> Result<&'a DeviceRow, Failure> {
    let exact: Vec<_> = devices
        .iter()
        .filter(|device| device.name == wanted)
        .collect();
    let lower = wanted.to_lowercase();
    let alike: Vec<_> = devices
        .iter()
        .filter(|device| device.name.to_lowercase() == lower)
        .collect();
    let found = if exact.is_empty() { alike } else { exact };
    match found.as_slice() {
        [device] => Ok(device),
        [] => Err(Failure::new(Outcome::NotAllowed, unknown(wanted, devices))),
        several => {
            let ids = listed(
                several
                    .iter()
                    .map(|d| format!("{} ({})", d.id, printable(&d.tenant))),
            );
            let sentence = format!(
                "{} devices are called {}. Give the id of the one that is meant: {ids}.",
                several.len(),
                printable(wanted)
            );
            Err(Failure::new(Outcome::Usage, sentence))
        }
    }
}

fn unknown(wanted: &str, devices: &[DeviceRow]) -> String {
    let wanted = printable(wanted);
    if devices.is_empty() {
        return format!(
            "There is no device called {wanted} that this account may see. \
             List them with farpane-viewer devices."
        );
    }
    let names = listed(
        devices
            .iter()
            .map(|device| printable(&device.name).into_owned()),
    );
    format!("There is no device called {wanted} that this account may see; close to it: {names}.")
}

fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut text = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use farpane_protocol::api::{Access, DeviceState};

    use super::*;

    fn devices(names: &[&str]) -> Vec<DeviceRow> {
        let row = |(at, name): (usize, &&str)| DeviceRow {
            id: format!("00000000-0000-0000-0000-{at:012x}")
                .parse()
                .expect("an id"),
            name: (*name).into(),
            tenant: "Oslo".into(),
            os: String::new(),
            state: DeviceState::Reachable,
            last_heard: None,
            access: Access::Ask,
            why: None,
        };
        names.iter().enumerate().map(row).collect()
    }

    #[test]
    fn a_name_means_exactly_one_device() {
        let rows = devices(&["Till", "till", "till-2", "Lab"]);
        assert_eq!(choose("till", &rows).expect("exact").id, rows[1].id);
        assert_eq!(choose("lab", &rows).expect("alike").id, rows[3].id);
        let part = choose("til", &rows).expect_err("a part is not enough");
        assert_eq!(part.outcome(), Outcome::NotAllowed);
        assert!(part.sentence().contains("till-2"), "{part}");
    }

    #[test]
    fn several_of_one_name_are_listed_with_their_ids() {
        let rows = devices(&["till"; 8]);
        let failure = choose("till", &rows).expect_err("ambiguous");
        assert_eq!(failure.outcome(), Outcome::Usage);
        assert!(
            failure.sentence().contains(&rows[0].id.to_string()),
            "{failure}"
        );
        assert!(failure.sentence().contains("and 3 more"), "{failure}");
    }

    #[test]
    fn an_unknown_name_says_how_to_list_them() {
        let failure = choose("x", &[]).expect_err("none");
        assert!(
            failure.sentence().contains("farpane-viewer devices"),
            "{failure}"
        );
    }
}
