//! What the directory took back, as this host remembers it: kept on disk before it counts, told
//! to a directory that has forgotten it.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use farpane_protocol::api::{HostConfig, path};
use farpane_protocol::revocation::{Changes, Memory};

use super::{Core, lock};

/// Lists that are asked for in a row: far more entries than a host keeps.
const LISTS: u32 = 256;

impl Core {
    /// What was taken back, as far as this host has heard.
    pub(super) fn memory(&self) -> Arc<Memory> {
        lock(&self.memory).clone()
    }

    /// Asks the directory what this host needs to run, and takes in what was taken back since the
    /// last time. A directory that has forgotten something is told first.
    pub(super) async fn ask_config(&self, unattended: bool) -> Result<HostConfig> {
        let unattended = if unattended { "1" } else { "0" };
        for _ in 1..LISTS {
            let (config, more) = self.ask_once(unattended).await?;
            if !more {
                return Ok(config);
            }
        }
        Ok(self.ask_once(unattended).await?.0)
    }

    async fn ask_once(&self, unattended: &str) -> Result<(HostConfig, bool)> {
        let memory = self.memory();
        let epoch = memory.epoch.to_string();
        let query = [
            ("unattended", unattended),
            ("epoch", epoch.as_str()),
            ("machine", self.machine.as_str()),
            ("boot", self.boot.as_str()),
            ("version", env!("CARGO_PKG_VERSION")),
        ];
        let config: HostConfig = self.agent.get(path::HOST_CONFIG, &query).await?;
        if let Some(since) = config.tell_since {
            tracing::warn!(
                epoch,
                since,
                "the directory has forgotten what it took back"
            );
            let told = memory.told_since(since);
            self.agent
                .post::<_, ()>(path::HOST_MEMORY, &told)
                .await
                .context("the directory could not be told what it has forgotten")?;
        }
        self.follow(&config.successions)?;
        let Some(sealed) = &config.changes else {
            return Ok((config, false));
        };
        let changes = Changes::open(&config.directory_keys, sealed)?;
        let more = self.remember(&changes, sealed)?;
        Ok((config, more))
    }

    /// Remembers how the directory's keys followed each other.
    fn follow(&self, successions: &[String]) -> Result<()> {
        let mut known = lock(&self.memory);
        let mut next = Memory::clone(&known);
        if next.follow(successions) {
            self.data.keep_memory(&next)?;
            *known = Arc::new(next);
        }
        Ok(())
    }

    fn remember(&self, changes: &Changes, sealed: &str) -> Result<bool> {
        let mut known = lock(&self.memory);
        let mut next = Memory::clone(&known);
        if !next.take(changes, sealed) {
            return Ok(false);
        }
        self.data.keep_memory(&next)?;
        tracing::debug!(epoch = next.epoch, "remembering what was taken back");
        *known = Arc::new(next);
        Ok(true)
    }
}
