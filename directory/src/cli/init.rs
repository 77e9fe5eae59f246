//! `init`: a new installation. Everything is made beside its place first; the database appears
//! under its name last and whole, so a failure or a crash leaves nothing that counts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use farpane_certs::directory::Identity;
use farpane_certs::files::create_private_dir;
use farpane_protocol::ids::{OrgId, TenantId, UserId};

use super::failure::Failure;
use super::{Context, output};
use crate::audit::{Actor, Entry, Event, Personal};
use crate::clock::Clock;
use crate::config::{DataDir, DirectoryUrl};
use crate::model::text::{self, Email};
use crate::model::{Account, Founding, Org, Tenant, new_uuid};
use crate::password::{BadPassword, Hashed};
use crate::store::Installation as _;
use crate::store::installation::Setting;
use crate::store::sqlite::{OpenError, SqliteStore};

/// What the organisation's own tenant is called when nobody says.
const UNNAMED_ORG: &str = "My organisation";

#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-directory init --admin anna@example.org --password-file pw --org 'Acme MSP' --name 'Anna Berg'")]
pub(super) struct Init {
    /// E-mail address of the first administrator.
    #[arg(long, value_name = "EMAIL")]
    admin: String,
    /// File that holds the administrator's password in its first line (at least 12 characters).
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
    /// Name of the organisation, as people at devices are shown it.
    #[arg(long, value_name = "NAME", default_value = UNNAMED_ORG)]
    org: String,
    /// The administrator's name, as people at devices are shown it [default: the address].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where agents will reach the directory; serve sets it too.
    #[arg(long, value_name = "URL")]
    url: Option<DirectoryUrl>,
}

impl Init {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let email = Email::parse(&self.admin)
            .map_err(|error| Failure::usage(format!("--admin {}", self.admin)).because(error))?;
        let hashed = password(&self.password_file, &email, self.name.as_deref())?;
        let data = &context.data;
        if data.database().exists() {
            return Err(OpenError::Exists(data.database()).into());
        }
        let made = Made::begin(data)?;
        let clock = Clock::wall();
        let named = (self.org.as_str(), self.name.as_deref());
        let founding = founding(named, email, hashed, &clock);
        let founded = found(data, &founding, self.url.as_ref(), &clock).await;
        let identity = match founded {
            Ok(identity) => identity,
            Err(failure) => {
                made.undo();
                return Err(failure);
            }
        };
        let fingerprint = identity.fingerprint();
        if context.json {
            output::json(&serde_json::json!({
                "data": data.path(),
                "fingerprint": fingerprint,
                "org": founding.org.name,
            }));
        } else {
            output::remark(&format!(
                "The directory of {} is in {}. Next: {}",
                founding.org.name,
                data.path().display(),
                context.hint("serve --listen 0.0.0.0:8443 --url https://NAME:8443")
            ));
            output::line(&fingerprint.to_string());
        }
        Ok(())
    }
}

/// An address as it is typed.
pub(super) fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).map_err(|error| error.to_string())
}

/// The password in a file's first line.
pub(super) fn password(
    file: &Path,
    email: &Email,
    person: Option<&str>,
) -> Result<Hashed, Failure> {
    let named = || format!("--password-file {}", file.display());
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("cannot read {}", named())).because(error))?;
    let password = text.lines().next().unwrap_or_default();
    let about = [email.as_str(), person.unwrap_or_default()];
    Hashed::new_for(password, &about).map_err(|error| match error {
        BadPassword::Short | BadPassword::Long | BadPassword::Known | BadPassword::AboutYou => {
            Failure::usage(named()).because(error)
        }
        BadPassword::Hash => Failure::failed("cannot keep the password").because(error),
    })
}

/// A new organisation of that name, with the administrator of that name.
pub(super) fn founding(
    (org, person): (&str, Option<&str>),
    email: Email,
    password: Hashed,
    clock: &Clock,
) -> Founding {
    let now = clock.now();
    let org = Org {
        id: OrgId(new_uuid(now)),
        name: text::name_or(org, UNNAMED_ORG),
    };
    let tenant = Tenant {
        id: TenantId(new_uuid(now)),
        org: org.id,
        name: org.name.clone(),
    };
    let admin = Account {
        id: UserId(new_uuid(now)),
        org: org.id,
        name: text::name_or(person.unwrap_or_default(), email.as_str()),
        email,
        disabled: None,
    };
    Founding {
        org,
        tenant,
        admin,
        password,
    }
}

async fn found(
    data: &DataDir,
    founding: &Founding,
    url: Option<&DirectoryUrl>,
    clock: &Clock,
) -> Result<Identity, Failure> {
    let identity = Identity::load_or_create(data.path())
        .map_err(|error| Failure::failed("cannot make the identity key").because(error))?;
    farpane_certs::keys::load_or_create(&data.grant_key())
        .map_err(|error| Failure::failed("cannot make the grant key").because(error))?;
    farpane_certs::keys::load_or_create(&data.audit_key())
        .map_err(|error| Failure::failed("cannot make the audit key").because(error))?;
    farpane_certs::keys::load_or_create(&data.vault_key())
        .map_err(|error| Failure::failed("cannot make the vault key").because(error))?;
    let beside = beside(data);
    let store = SqliteStore::create(&beside).await?;
    let entry = Entry {
        org: founding.org.id,
        tenant: None,
        at: clock.now(),
        actor: Actor::Operator,
        event: Event::Founded {
            org: founding.org.id,
            tenant: founding.tenant.id,
            account: founding.admin.id,
        },
        personal: Personal {
            account: Some(founding.admin.email.to_string()),
            person: Some(founding.admin.name.clone()),
            ..Personal::default()
        },
    };
    store.found(founding, &entry).await?;
    if let Some(url) = url {
        store.set(Setting::Url, &url.to_string()).await?;
    }
    // Closed, so that the log is folded in and the one file is everything.
    store.close().await;
    publish(data, &beside)
        .map_err(|error| Failure::failed("cannot finish the database").because(error))?;
    Ok(identity)
}

/// Where the database is made before it gets its name.
fn beside(data: &DataDir) -> PathBuf {
    data.path().join("directory.db.new")
}

/// Gives the finished database its name; fails if another `init` was quicker.
fn publish(data: &DataDir, beside: &Path) -> io::Result<()> {
    fs::hard_link(beside, data.database())?;
    fs::remove_file(beside)?;
    fs::File::open(data.path())?.sync_all()
}

/// What `init` made and takes away again if it fails.
struct Made {
    data: DataDir,
    folder: bool,
    existed: Vec<PathBuf>,
}

impl Made {
    /// Makes the folder, or checks that the one that is there is empty or was left by an `init`
    /// that was cut off.
    fn begin(data: &DataDir) -> Result<Self, Failure> {
        let named = data.path().display();
        let refuse = |error: io::Error| {
            Failure::failed(format!(
                "cannot make the folder {named}; name one that this user may write with --data"
            ))
            .because(error)
        };
        let folder = !data.path().exists();
        if !folder {
            let ours = [
                "identity.key",
                "grant.key",
                "audit.key",
                "vault.key",
                "directory.db.new",
            ];
            let entries = fs::read_dir(data.path()).map_err(refuse)?;
            for entry in entries {
                let name = entry.map_err(refuse)?.file_name();
                let name = name.to_string_lossy();
                if !ours.iter().any(|ours| name.starts_with(ours)) {
                    return Err(Failure::usage(format!(
                        "the folder {named} holds other files ({name}); name an empty or new one \
                         with --data"
                    )));
                }
            }
        }
        create_private_dir(data.path()).map_err(refuse)?;
        let keys = [
            data.path().join("identity.key"),
            data.grant_key(),
            data.audit_key(),
            data.vault_key(),
        ];
        // A database that was never finished counts for nothing.
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut left = beside(data).into_os_string();
            left.push(suffix);
            match fs::remove_file(&left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refuse(error)),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(Self {
            data: data.clone(),
            folder,
            existed: keys.into_iter().filter(|key| key.exists()).collect(),
        })
    }

    /// Takes away what this run made. What cannot be taken away counts for nothing anyway.
    fn undo(self) {
        let new = beside(&self.data);
        let database = ["", "-wal", "-shm"].map(|suffix| {
            let mut path = new.clone().into_os_string();
            path.push(suffix);
            PathBuf::from(path)
        });
        let keys = [
            self.data.path().join("identity.key"),
            self.data.grant_key(),
            self.data.audit_key(),
            self.data.vault_key(),
        ];
        for path in database.iter().chain(&keys) {
            if !self.existed.contains(path) {
                fs::remove_file(path).ok();
            }
        }
        if self.folder {
            fs::remove_dir(self.data.path()).ok();
        }
    }
}
