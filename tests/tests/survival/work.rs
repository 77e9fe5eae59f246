//! People at work while the directory is about to fail: every act notes what it was told, and what
//! it had begun without being told.

use std::path::Path;

use farpane_protocol::api::{SessionGranted, SessionRequest, path};
use farpane_protocol::ids::DeviceId;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_tests::rig::disk::Recorder;
use farpane_tests::rig::estate::ADMIN;
use farpane_transport::directory::Agent;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use super::scene::{Base, Live, NIGHTS, enroll, key};
use super::told::{ApiToken, Fact, Tagged, Told};

/// Uses of each ticket: few, so that one is used up again and again.
const USES: &str = "2";

/// People who work at the same time.
const WORKERS: u64 = 2;

/// Devices that an act on many is done to, at most.
const MANY: usize = 4;

/// One who works.
struct Worker<'a> {
    base: &'a Base,
    live: &'a Live,
    data: &'a Path,
    recorder: Option<&'a Recorder>,
    told: &'a Told,
    viewer: Agent,
    ticket: Option<String>,
    devices: Vec<DeviceId>,
    tagged: Vec<(String, Tagged)>,
    roles: Vec<String>,
    tokens: Vec<ApiToken>,
    people: Vec<String>,
    links: Vec<String>,
    /// Names things that must not be named twice.
    name: String,
    named: u32,
}

/// Works until told to stop.
pub(crate) async fn work(
    base: &Base,
    live: &Live,
    data: &Path,
    recorder: Option<&Recorder>,
    told: &Told,
    dice: &mut StdRng,
) {
    let mut all = Vec::new();
    for n in 0..WORKERS {
        let worker = Worker {
            base,
            live,
            data,
            recorder,
            told,
            viewer: live.client.agent(base.viewer.clone()),
            ticket: None,
            devices: Vec::new(),
            tagged: Vec::new(),
            roles: Vec::new(),
            tokens: Vec::new(),
            people: Vec::new(),
            links: Vec::new(),
            name: format!("w{n}"),
            named: 0,
        };
        all.push(worker.work(StdRng::seed_from_u64(dice.random())));
    }
    let [first, second] = <[_; WORKERS as usize]>::try_from(all)
        .ok()
        .expect("as many as there are workers");
    tokio::join!(first, second);
}

impl Worker<'_> {
    async fn work(mut self, mut dice: StdRng) {
        while !self.told.is_stopped() {
            // An act that could not be done is tried again another time.
            let _: Option<()> = match dice.random_range(0..23) {
                0..4 => self.enrol().await,
                4..6 => self.ask_for_session().await,
                6 => self.remove_device().await,
                7 => self.remove_and_undo().await,
                8 => self.give_role().await,
                9 => self.take_role().await,
                10..12 => self.tag_many().await,
                12 => self.undo_tags().await,
                13 => self.make_token().await,
                14 => self.revoke_token().await,
                15..17 => self.invite().await,
                17 => self.take_out().await,
                18 => self.use_link().await,
                19 => self.recover().await,
                20 => self.have_decided(dice.random()).await,
                21 => self.change_key().await,
                _ => self.ask_once().await,
            };
        }
    }

    fn note(&self, fact: Fact) {
        self.told.note(self.recorder, fact);
    }

    async fn operate(&self, arguments: &[&str]) -> Option<String> {
        let told = self.told.operate(self.data, self.recorder, arguments);
        told.await
    }

    async fn operate_json(&self, arguments: &[&str]) -> Option<Value> {
        let text = self.operate(arguments).await?;
        serde_json::from_str(&text).ok()
    }

    fn fresh(&mut self, what: &str) -> String {
        self.named += 1;
        format!("{what}-{}-{}", self.name, self.named)
    }

    async fn enrol(&mut self) -> Option<()> {
        let Some(known) = self.ticket.clone() else {
            let made = self.operate(&["ticket", "device", "--uses", USES]);
            self.ticket = made.await;
            return None;
        };
        match enroll(&self.live.client, &known, &key()).await {
            Ok(device) => {
                self.note(Fact::Enrolled(device));
                self.devices.push(device);
            }
            // Used up, most likely.
            Err(_) => self.ticket = None,
        }
        Some(())
    }

    async fn ask_for_session(&mut self) -> Option<()> {
        let request = SessionRequest {
            device: self.base.till.1,
            scopes: ScopeSet::of(&[Scope::View]),
            also: ScopeSet::EMPTY,
            reason: String::new(),
        };
        let granted: SessionGranted = self.viewer.post(path::SESSIONS, &request).await.ok()?;
        self.note(Fact::Granted(granted.session));
        let left = format!("{}/{}", path::SESSIONS, granted.session);
        self.viewer.delete(&left).await.ok()
    }

    async fn remove_device(&mut self) -> Option<()> {
        let device = self.devices.pop()?;
        let id = device.to_string();
        self.told.begin(&id);
        self.operate(&["device", "remove", &id]).await?;
        self.note(Fact::Removed(device));
        Some(())
    }

    async fn remove_and_undo(&mut self) -> Option<()> {
        let device = self.devices.pop()?;
        let id = device.to_string();
        self.told.begin(&id);
        let remove = ["device", "remove", &id, "--json"];
        let change = self.operate_json(&remove).await?["change"]
            .as_str()?
            .to_owned();
        self.note(Fact::Removed(device));
        self.told.begin(format!("undo:{id}"));
        self.operate(&["device", "undo", &change]).await?;
        self.note(Fact::Returned(device));
        Some(())
    }

    async fn give_role(&mut self) -> Option<()> {
        let assign = ["role", "assign", "observer", "--to", ADMIN, "--json"];
        let id = self.operate_json(&assign).await?["id"].as_str()?.to_owned();
        self.note(Fact::RoleGiven(id.clone()));
        self.roles.push(id);
        Some(())
    }

    async fn take_role(&mut self) -> Option<()> {
        let id = self.roles.pop()?;
        self.told.begin(&id);
        self.operate(&["role", "revoke", &id]).await?;
        self.note(Fact::RoleTaken(id));
        Some(())
    }

    /// A tag of its own for several devices, in one act.
    async fn tag_many(&mut self) -> Option<()> {
        let devices: Vec<_> = self.devices.iter().rev().take(MANY).copied().collect();
        if devices.is_empty() {
            return None;
        }
        let tag = self.fresh("tag");
        let wish = json!({ "act": { "do": "tag", "tag": tag }, "devices": devices });
        let (web, token) = (&self.live.web, &self.base.token);
        let preview = web
            .act(token, "/api/v1/catalogue/bulk", &wish, None)
            .await?;
        let bulk = preview.field("bulk");
        let tagged = Tagged { tag, devices };
        let ids: Vec<_> = tagged.devices.iter().map(ToString::to_string).collect();
        self.told
            .begin(format!("tag:{} {}", tagged.tag, ids.join(" ")));
        let run = format!("/api/v1/catalogue/bulk/{bulk}/run");
        let done = web.act(token, &run, &json!({}), None).await?;
        if done.status == 200 {
            self.note(Fact::Tagged(tagged.clone()));
            self.tagged.push((bulk, tagged));
        }
        Some(())
    }

    async fn undo_tags(&mut self) -> Option<()> {
        let (bulk, tagged) = self.tagged.pop()?;
        self.told.begin(format!("untag:{}", tagged.tag));
        let undo = format!("/api/v1/catalogue/bulk/{bulk}/undo");
        let token = &self.base.token;
        let done = self.live.web.act(token, &undo, &json!({}), None).await?;
        if done.status == 200 {
            self.note(Fact::Untagged(tagged));
        }
        Some(())
    }

    async fn make_token(&mut self) -> Option<()> {
        let create = ["token", "create", "--user", ADMIN];
        let create = [&create[..], &["--scope", "see-devices", "--json"]].concat();
        let made = self.operate_json(&create).await?;
        let token = ApiToken {
            id: made["id"].as_str()?.to_owned(),
            secret: made["token"].as_str()?.to_owned(),
        };
        self.note(Fact::TokenMade(token.clone()));
        self.tokens.push(token);
        Some(())
    }

    async fn revoke_token(&mut self) -> Option<()> {
        let token = self.tokens.pop()?;
        self.told.begin(&token.id);
        self.operate(&["token", "revoke", &token.id]).await?;
        self.note(Fact::TokenRevoked(token));
        Some(())
    }

    /// A new person, with a link to come in by, in the group of those who work at night.
    async fn invite(&mut self) -> Option<()> {
        let email = format!("{}@example.org", self.fresh("dag"));
        let invited = self.operate(&["user", "invite", &email]).await?;
        let secret = invited.rsplit('/').next()?.to_owned();
        self.note(Fact::Invited(email.clone()));
        self.links.push(secret);
        self.operate(&["group", "add", NIGHTS, &email]).await?;
        self.note(Fact::Joined(email.clone()));
        self.people.push(email);
        Some(())
    }

    /// Out of the group, and then out of everything.
    async fn take_out(&mut self) -> Option<()> {
        let email = self.people.pop()?;
        self.told.begin(format!("out:{email}"));
        self.operate(&["group", "drop", NIGHTS, &email]).await?;
        self.note(Fact::Left(email.clone()));
        self.told.begin(format!("erase:{email}"));
        self.operate(&["user", "remove", &email, "--erase"]).await?;
        self.note(Fact::Erased(email));
        Some(())
    }

    async fn use_link(&mut self) -> Option<()> {
        let secret = self.links.pop()?;
        self.told.begin(format!("link:{secret}"));
        if self.live.web.use_link(&secret).await? {
            self.note(Fact::LinkUsed(secret));
        }
        Some(())
    }

    async fn recover(&mut self) -> Option<()> {
        let code = self.told.next_code(&self.base.codes)?;
        self.told.begin(format!("code:{code}"));
        let came = self.live.web.come_in(super::scene::CARA, &code).await?;
        if came.status == 303 {
            self.note(Fact::RecoveryUsed(code));
        }
        Some(())
    }

    /// Bo asks for a role, the operator decides.
    async fn have_decided(&mut self, approve: bool) -> Option<()> {
        let wish = json!({
            "role": "observer",
            "place": { "kind": "customer", "id": self.base.customer },
            // No two alike, or the second would be the first.
            "seconds": self.told.next_number() + 60,
            "reason": "the till is down",
        });
        let (web, asker) = (&self.live.web, &self.base.asker);
        let asked = web.act_signed_in(asker, "/api/v1/requests", &wish);
        let request = asked.await?.field("request");
        if request.is_empty() {
            return None;
        }
        let verdict = if approve { "approve" } else { "refuse" };
        self.told.begin(format!("{verdict}:{request}"));
        self.operate(&["request", verdict, &request]).await?;
        self.note(Fact::Decided(request, approve));
        Some(())
    }

    /// A key that signs and a key that goes within the round.
    async fn change_key(&mut self) -> Option<()> {
        let rotate = ["key", "rotate", "--announce", "50ms", "--overlap", "50ms"];
        let rotate = [&rotate[..], &["--json"]].concat();
        let changed = self.operate_json(&rotate).await?;
        self.note(Fact::KeyAnnounced(changed["signs"].as_u64()?));
        Some(())
    }

    /// A request that may be sent again because its answer was never heard.
    async fn ask_once(&mut self) -> Option<()> {
        let name = self.fresh("once");
        self.told.begin(format!("once:{name}"));
        let made = self.base.ask_once(&self.live.web, &name).await?;
        if made.status == 201 {
            self.note(Fact::Answered(name, made.field("id")));
        }
        Some(())
    }
}
