//! Whether an installation that failed still is as people were told: what is kept, and what a
//! directory that goes on with it does.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Result;
use farpane_protocol::ids::DeviceId;
use serde_json::Value;

use super::scene::{Base, CARA, Live, NIGHTS, operator};
use super::told::{Fact, Told};
use super::web::NAME;

/// Used codes that are tried again: fewer than the wrong ones after which nobody is heard.
const CODES_TRIED: usize = 4;

/// What is kept, as the command line shows it.
struct Kept {
    record: String,
    devices: HashMap<String, Vec<String>>,
    assignments: Vec<Value>,
    tokens: HashSet<String>,
    people: HashSet<String>,
    nights: HashSet<String>,
    requests: HashMap<String, String>,
    tickets: Vec<Value>,
}

fn texts(rows: &Value, name: &str) -> HashSet<String> {
    let rows = rows.as_array().into_iter().flatten();
    rows.filter_map(|row| Some(row[name].as_str()?.to_owned()))
        .collect()
}

impl Kept {
    fn of(data: &Path) -> Self {
        let text = |arguments: &[&str]| operator(data, arguments).stdout;
        let json = |arguments: &[&str]| -> Value {
            serde_json::from_str(&text(arguments)).unwrap_or_default()
        };
        let devices = json(&["device", "list", "--json", "--limit", "1000"]);
        let devices = devices.as_array().into_iter().flatten();
        let tags = |row: &Value| {
            let tags = row["tags"].as_array().into_iter().flatten();
            tags.filter_map(|tag| tag.as_str().map(str::to_owned))
                .collect()
        };
        let requests = json(&["request", "list", "--all", "--json"]);
        let requests = requests.as_array().into_iter().flatten();
        let rows = |value: Value| value.as_array().cloned().unwrap_or_default();
        Self {
            record: text(&["audit", "list", "--json"]),
            devices: devices
                .filter_map(|row| Some((row["id"].as_str()?.to_owned(), tags(row))))
                .collect(),
            assignments: rows(json(&["role", "assignments", "--json"])),
            tokens: texts(&json(&["token", "list", "--json"]), "id"),
            people: texts(&json(&["user", "list", "--json"]), "email"),
            nights: texts(
                &json(&["group", "show", NIGHTS, "--json"])["members"],
                "email",
            ),
            requests: requests
                .filter_map(|row| {
                    let (id, state) = (row["id"].as_str()?, row["state"].as_str()?);
                    Some((id.to_owned(), state.to_owned()))
                })
                .collect(),
            tickets: rows(json(&["ticket", "list", "--json"])),
        }
    }

    fn has(&self, device: DeviceId) -> bool {
        self.devices.contains_key(&device.to_string())
    }

    fn is_assigned(&self, id: &str) -> bool {
        self.assignments.iter().any(|row| row["id"] == id)
    }

    /// How many of these devices have the tag, and how many there are still.
    fn tagged(&self, tag: &str, devices: &[String]) -> (usize, usize) {
        let there: Vec<_> = devices
            .iter()
            .filter_map(|id| self.devices.get(id))
            .collect();
        let tagged = there.iter().filter(|tags| tags.iter().any(|t| t == tag));
        (tagged.count(), there.len())
    }

    fn tickets_for(&self, note: &str) -> Vec<&str> {
        let tickets = self.tickets.iter().filter(|row| row["note"] == note);
        tickets.filter_map(|row| row["id"].as_str()).collect()
    }

    /// Whether it is as somebody was told, or as somebody began to change it since.
    fn holds(&self, told: &Told, fact: &Fact) -> bool {
        let begun = |what: String| told.has_begun(&what);
        let ids =
            |devices: &[DeviceId]| devices.iter().map(ToString::to_string).collect::<Vec<_>>();
        match fact {
            Fact::Enrolled(device) => begun(device.to_string()) || self.has(*device),
            Fact::Removed(device) => begun(format!("undo:{device}")) || !self.has(*device),
            Fact::Returned(device) => self.has(*device),
            Fact::Granted(session) => self.record.contains(&session.to_string()),
            Fact::RoleGiven(id) => begun(id.clone()) || self.is_assigned(id),
            Fact::RoleTaken(id) => !self.is_assigned(id),
            Fact::Tagged(act) => {
                let (tagged, there) = self.tagged(&act.tag, &ids(&act.devices));
                begun(format!("untag:{}", act.tag)) || tagged == there
            }
            Fact::Untagged(act) => self.tagged(&act.tag, &ids(&act.devices)).0 == 0,
            Fact::TokenMade(token) => begun(token.id.clone()) || self.tokens.contains(&token.id),
            Fact::TokenRevoked(token) => !self.tokens.contains(&token.id),
            Fact::Invited(email) => begun(format!("erase:{email}")) || self.people.contains(email),
            Fact::Joined(email) => begun(format!("out:{email}")) || self.nights.contains(email),
            Fact::Left(email) => !self.nights.contains(email),
            Fact::Erased(email) => !self.people.contains(email) && !self.record.contains(email),
            // Asked of the directory that goes on.
            Fact::LinkUsed(_) | Fact::RecoveryUsed(_) => true,
            Fact::Decided(request, approved) => {
                let state = if *approved { "approved" } else { "refused" };
                self.requests.get(request).is_some_and(|is| is == state)
            }
            Fact::KeyAnnounced(signs) => self.record.contains(&signs.to_string()),
            Fact::Answered(note, id) => self.tickets_for(note) == [id.as_str()],
        }
    }

    /// What must hold whatever anybody was told: nothing is half done.
    fn halves(&self, told: &Told) -> Vec<String> {
        let mut wrongs = Vec::new();
        for act in told.begun("tag:") {
            let mut words = act.split(' ').map(str::to_owned);
            let tag = words.next().unwrap_or_default();
            let (tagged, there) = self.tagged(&tag, &words.collect::<Vec<_>>());
            if tagged != 0 && tagged != there {
                wrongs.push(format!("{tag}: done to {tagged} of {there} devices"));
            }
        }
        // Each yes gave what was asked for, and nothing else did. One more is from before; nobody
        // else of that name is given any.
        let given = self.assignments.iter();
        let given = given.filter(|row| row.to_string().contains(NAME)).count();
        let approved = self
            .requests
            .values()
            .filter(|is| *is == "approved")
            .count();
        if given != approved + 1 {
            wrongs.push(format!(
                "{approved} requests approved, {} given",
                given.saturating_sub(1)
            ));
        }
        wrongs.extend(self.miscounted());
        wrongs
    }

    /// Each ticket was used as often as devices were enrolled, and never more often than it allows.
    fn miscounted(&self) -> Vec<String> {
        let (mut used, mut wrongs) = (0, Vec::new());
        for ticket in &self.tickets {
            let (uses, of) = (ticket["used"].as_u64(), ticket["uses"].as_u64());
            if ticket["kind"] == "device" {
                used += uses.unwrap_or(0);
            }
            if uses > of {
                wrongs.push(format!("used too often: {ticket}"));
            }
        }
        let enrolled = self.record.lines();
        let enrolled = enrolled.filter(|line| line.contains("\"did\":\"device_enrolled\""));
        let enrolled = enrolled.count() as u64;
        if used != enrolled {
            wrongs.push(format!(
                "tickets were used {used} times, {enrolled} devices enrolled"
            ));
        }
        wrongs
    }
}

/// What is wrong with what an installation that failed has kept, going by what was told.
pub(crate) fn wrongs(data: &Path, told: &Told, facts: &[Fact]) -> Vec<String> {
    let mut wrongs = Vec::new();
    for check in [&["db", "check"][..], &["audit", "verify"]] {
        let ended = operator(data, check);
        if ended.code != 0 {
            wrongs.push(format!("{check:?}: {}", ended.stderr));
        }
    }
    let kept = Kept::of(data);
    for fact in facts {
        if !kept.holds(told, fact) {
            wrongs.push(format!("was told and is not so: {fact:?}"));
        }
    }
    wrongs.extend(kept.halves(told));
    wrongs
}

/// What a program with this token is answered.
async fn status(live: &Live, token: &str) -> u16 {
    let me = live.web.ask(token, "/api/v1/me").await;
    me.map_or(0, |me| me.status)
}

/// What is wrong with how a directory goes on: what works once has worked, and what was taken back
/// works no more.
pub(crate) async fn wrongs_of(
    base: &Base,
    live: &Live,
    told: &Told,
    facts: &[Fact],
) -> Result<Vec<String>> {
    let mut wrongs = Vec::new();
    let mut codes = 0;
    for fact in facts {
        let holds = match fact {
            Fact::TokenMade(token) => {
                told.has_begun(&token.id) || status(live, &token.secret).await == 200
            }
            Fact::TokenRevoked(token) => status(live, &token.secret).await == 401,
            Fact::LinkUsed(secret) => live.web.use_link(secret).await == Some(false),
            Fact::RecoveryUsed(code) if codes < CODES_TRIED => {
                codes += 1;
                let came = live.web.come_in(CARA, code).await;
                came.is_some_and(|came| came.status == 401)
            }
            Fact::Answered(name, id) => {
                let again = base.ask_once(&live.web, name).await;
                again.is_some_and(|again| again.replayed && again.field("id") == *id)
            }
            Fact::RecoveryUsed(_)
            | Fact::Enrolled(_)
            | Fact::Removed(_)
            | Fact::Returned(_)
            | Fact::Granted(_)
            | Fact::RoleGiven(_)
            | Fact::RoleTaken(_)
            | Fact::Tagged(_)
            | Fact::Untagged(_)
            | Fact::Invited(_)
            | Fact::Joined(_)
            | Fact::Left(_)
            | Fact::Erased(_)
            | Fact::Decided(..)
            | Fact::KeyAnnounced(_) => true,
        };
        if !holds {
            wrongs.push(format!("was told and is done otherwise: {fact:?}"));
        }
    }
    wrongs.extend(twice(base, live, told, facts).await);
    Ok(wrongs)
}

/// What was begun and perhaps done, and works twice now.
async fn twice(base: &Base, live: &Live, told: &Told, facts: &[Fact]) -> Vec<String> {
    let mut wrongs = Vec::new();
    for secret in told.begun("link:") {
        if !facts.contains(&Fact::LinkUsed(secret.clone())) {
            live.web.use_link(&secret).await;
            if live.web.use_link(&secret).await != Some(false) {
                wrongs.push(format!("a link works twice: {secret}"));
            }
        }
    }
    for code in told.begun("code:") {
        if !facts.contains(&Fact::RecoveryUsed(code.clone())) {
            live.web.come_in(CARA, &code).await;
            let again = live.web.come_in(CARA, &code).await;
            if again.is_none_or(|again| again.status == 303) {
                wrongs.push(format!("a recovery code works twice: {code}"));
            }
        }
    }
    for name in told.begun("once:") {
        // Never heard, so sent again, and again.
        base.ask_once(&live.web, &name).await;
        base.ask_once(&live.web, &name).await;
        let listed = live.web.ask(&base.token, "/api/v1/tickets").await;
        let listed = listed.map(|listed| listed.text).unwrap_or_default();
        if listed.matches(&format!("\"{name}\"")).count() != 1 {
            // Begun and not finished is refused as such, and was not done.
            let again = base.ask_once(&live.web, &name).await;
            let open = again.is_some_and(|again| again.status == 409);
            if !open || listed.contains(&format!("\"{name}\"")) {
                wrongs.push(format!("was not done once: {name}"));
            }
        }
    }
    wrongs
}
