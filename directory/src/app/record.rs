//! The audit record as people and programs use it: whether it holds, and signed checkpoints of
//! how far it has come.

use std::collections::HashMap;

use farpane_protocol::key::{PublicKey, SecretKey};

use super::{App, AppError, Core};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::{Broken, Chain, ChainId, Verifier};

/// Records that are read at once while a chain is walked.
pub(super) const AT_ONCE: u32 = 1000;

/// Records after which a chain is signed at once, not only when its time has come: what could be
/// cut off unnoticed stays small on a busy day.
const SIGN_AFTER: u64 = 1000;

/// Chains that are signed in one round: each takes a synced write.
const SIGNED_AT_ONCE: u32 = 200;

/// A chain that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{chain}: {broken}")]
pub struct BrokenChain {
    /// Which.
    pub chain: ChainId,
    /// Where it breaks.
    pub broken: Broken,
}

impl Core {
    /// Walks every chain of the organisation; how many records hold. Checkpoints count if one of
    /// these keys signed them. The outer error is the store's.
    pub async fn verify_audit(
        &self,
        keys: &[PublicKey],
    ) -> Result<Result<u64, BrokenChain>, AppError> {
        let mut records = 0;
        for chain in self.store.chains(self.org.id).await? {
            match self.verify_chain(chain, keys).await? {
                Ok(hold) => records += hold,
                Err(broken) => {
                    let chain = chain.id;
                    return Ok(Err(BrokenChain { chain, broken }));
                }
            }
        }
        Ok(Ok(records))
    }

    /// Walks one chain up to where it stood when it was looked up: records that are written
    /// meanwhile come after that.
    pub async fn verify_chain(
        &self,
        chain: Chain,
        keys: &[PublicKey],
    ) -> Result<Result<u64, Broken>, AppError> {
        let kept = self.store.checkpoints(chain.id, 0, u64::MAX).await?;
        let mut signed = HashMap::new();
        for (seq, sealed) in kept {
            let said = Checkpoint::open(keys, &sealed).ok();
            let said = said.filter(|said| said.chain == chain.id && said.seq == seq);
            match said {
                Some(said) => drop(signed.insert(seq, said.head())),
                None => return Ok(Err(Broken::Checkpoint(seq))),
            }
        }
        let mut verifier = Verifier::new(chain.id);
        while verifier.head().seq < chain.head.seq {
            let after = verifier.head().seq;
            let records = self.store.records_after(chain.id, after, AT_ONCE).await?;
            if records.is_empty() {
                break;
            }
            for record in &records {
                if record.seq > chain.head.seq {
                    break;
                }
                if let Err(broken) = verifier.take(record) {
                    return Ok(Err(broken));
                }
                if signed
                    .remove(&record.seq)
                    .is_some_and(|head| head != record.head())
                {
                    return Ok(Err(Broken::Checkpoint(record.seq)));
                }
            }
        }
        let holds = verifier.finish(chain.head);
        // One that was signed meanwhile lies beyond where this walk ends; one that was signed
        // before and still does not fit was signed over records that are gone.
        let beyond = signed.into_keys().min();
        if let (Ok(_), Some(beyond)) = (holds, beyond)
            && self.store.chain_head(chain.id).await?.seq < beyond
        {
            return Ok(Err(Broken::End(chain.head.seq)));
        }
        Ok(holds)
    }

    /// Signs where a chain stands and keeps that.
    pub async fn sign_chain(&self, key: &SecretKey, chain: &Chain) -> Result<String, AppError> {
        let checkpoint = Checkpoint::of(chain, self.clock.now());
        let sealed = checkpoint.seal(key);
        self.store.keep_checkpoint(&checkpoint, &sealed).await?;
        Ok(sealed)
    }
}

impl App {
    /// Keys whose checkpoints count.
    pub fn audit_keys(&self) -> Vec<PublicKey> {
        vec![self.identity.audit_key.public()]
    }

    /// Signs the chains that grew; all of them if their time has come, else only those that grew
    /// by much.
    pub async fn sign_chains(&self, time_has_come: bool) -> Result<(), AppError> {
        let by = if time_has_come { 1 } else { SIGN_AFTER };
        for chain in self.core.store.grown_chains(by, SIGNED_AT_ONCE).await? {
            self.core
                .sign_chain(&self.identity.audit_key, &chain)
                .await?;
        }
        Ok(())
    }
}
