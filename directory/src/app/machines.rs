//! Where identities are: a device that moves, an identity that was copied to a second machine, a
//! key that signs its successor, and programs that are too old.

use farpane_protocol::api::RotateKey;
use farpane_protocol::api::machine::KeyChange;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::token::{Purpose, open};

use super::caller::Caller;
use super::{App, AppError, Core, Denied};
use crate::audit::{Actor, Entry, Event, Personal};
use crate::model::version::VersionKey;
use crate::model::{Device, new_uuid, text};
use crate::policy::machine::{Judged, SeenMachine, judge};
use crate::policy::rights::{Action, Path};
use crate::store::machines::{Copy, MinimumVersions};

/// Which program has a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The host.
    Host,
    /// The viewer.
    Viewer,
}

impl Program {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "farpane-host",
            Self::Viewer => "farpane-viewer",
        }
    }
}

impl App {
    fn said_by(&self, device: &Device, event: Event) -> Entry {
        self.core
            .entry(Actor::Device { device: device.id }, event)
            .of(device.org)
            .about(device.tenant)
            .with(Personal::named(&device.name))
    }

    /// Whether an identity is where it belongs. A second machine gets a record of its own, once,
    /// and is refused from then on.
    pub(super) async fn check_machine(
        &self,
        device: &Device,
        seen: &SeenMachine,
    ) -> Result<(), AppError> {
        let (store, now) = (&self.core.store, self.now());
        let copied = || Denied::Copied(device.name.clone());
        if store.is_copy(device.id, seen.machine).await? {
            return Err(copied().into());
        }
        let known = store.machines(device.id).await?;
        let present = self.board.find(device.id).is_some();
        match judge(&known, seen, present, now) {
            Judged::Same => {}
            Judged::First | Judged::Noted => {
                store.note_machine(device.id, seen, now, None).await?;
            }
            Judged::Moved => {
                self.limit_words_of(device.id)?;
                let event = Event::DeviceMachineChanged { device: device.id };
                let entry = self.said_by(device, event);
                store
                    .note_machine(device.id, seen, now, Some(&entry))
                    .await?;
            }
            Judged::Copied => {
                self.limit_words_of(device.id)?;
                let copy = DeviceId(new_uuid(now));
                let event = Event::DeviceCopied {
                    device: device.id,
                    copy,
                };
                let entry = Entry {
                    actor: Actor::Directory,
                    ..self.said_by(device, event)
                };
                let name = text::name(&format!("Copy of {}", device.name));
                let kept = store.fork(device, seen.machine, (copy, &name), now, &entry);
                if kept.await? {
                    tracing::warn!(device = %device.id, "a second machine uses one identity");
                }
                return Err(copied().into());
            }
        }
        Ok(())
    }

    /// Gives a device the key that its old one signed.
    pub async fn rotate_key(&self, device: &Device, request: &RotateKey) -> Result<(), AppError> {
        self.limit_words_of(device.id)?;
        let change = KeyChange {
            device: device.id,
            directory: self.identity.fingerprint,
            old: device.key,
            new: request.key,
        };
        for (key, sealed) in [
            (device.key, &request.by_old),
            (request.key, &request.by_new),
        ] {
            let said = open::<KeyChange>(&[key], Purpose::KeyChange, sealed);
            let said = said.map_err(|_| Denied::ProofInvalid)?.0;
            if said != change {
                return Err(Denied::ProofInvalid.into());
            }
        }
        let event = Event::DeviceKeyRotated {
            device: device.id,
            old: device.key,
            key: request.key,
        };
        let entry = self.said_by(device, event);
        let store = &self.core.store;
        let changed = store.rotate_key(device.id, &device.key, &request.key, &entry);
        if changed.await? {
            Ok(())
        } else {
            Err(Denied::KeyTaken.into())
        }
    }
}

impl Core {
    /// Whether a program of this version may take part.
    pub async fn check_version(&self, program: Program, said: &str) -> Result<(), AppError> {
        let needed = self.store.minimum_versions(self.org.id).await?;
        let needed = match program {
            Program::Host => needed.host,
            Program::Viewer => needed.viewer,
        };
        let Some(needed) = needed else {
            return Ok(());
        };
        // What says no version is older than every one that does.
        let number = crate::model::version::number;
        if number(said) >= number(&needed) {
            return Ok(());
        }
        let has = text::version(said);
        Err(Denied::TooOld {
            program: program.name(),
            has: if has.is_empty() {
                "unknown".into()
            } else {
                has
            },
            needed,
            org: self.org.name.clone(),
        }
        .into())
    }
}

impl Caller {
    /// The oldest versions that may take part.
    pub async fn minimum_versions(&self) -> Result<MinimumVersions, AppError> {
        Ok(self.core.store.minimum_versions(self.core.org.id).await?)
    }

    /// Sets them; absent: any.
    pub async fn set_minimum_versions(
        &self,
        host: Option<&str>,
        viewer: Option<&str>,
    ) -> Result<MinimumVersions, AppError> {
        self.check(Action::ManageSettings, &Path::ORG, "setting")?;
        let read = |said: Option<&str>| match said.map(str::trim).filter(|said| !said.is_empty()) {
            None => Ok(None),
            Some(said) => VersionKey::read(said)
                .map(|version| Some(version.to_string()))
                .ok_or(Denied::BadRequest("A version looks like 1.4 or 1.4.2.")),
        };
        let versions = MinimumVersions {
            host: read(host)?,
            viewer: read(viewer)?,
        };
        let event = Event::MinimumVersionsSet {
            host: versions.host.clone(),
            viewer: versions.viewer.clone(),
        };
        let entry = self.core.entry(self.actor(), event);
        let store = &self.core.store;
        store
            .set_minimum_versions(self.core.org.id, &versions, &entry)
            .await?;
        Ok(versions)
    }

    /// Second machines that use an identity and that the caller may see.
    pub async fn copies(&self) -> Result<Vec<Copy>, AppError> {
        let mut seen = Vec::new();
        for copy in self.core.store.copies(self.core.org.id).await? {
            match self.listed(copy.copy).await {
                Ok(_) => seen.push(copy),
                Err(AppError::Denied(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(seen)
    }
}
