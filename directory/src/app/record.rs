//! The audit record as people and programs use it: whether it holds, what is in it.

use super::{AppError, Core};
use crate::audit::{Broken, Chain, ChainId, Verifier};

/// Records that are read at once while a chain is walked.
pub(super) const AT_ONCE: u32 = 1000;

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
    /// Walks every chain of the organisation; how many records hold. The outer error is the
    /// store's.
    pub async fn verify_audit(&self) -> Result<Result<u64, BrokenChain>, AppError> {
        let mut records = 0;
        for chain in self.store.chains(self.org.id).await? {
            match self.verify_chain(chain).await? {
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
    pub async fn verify_chain(&self, chain: Chain) -> Result<Result<u64, Broken>, AppError> {
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
            }
        }
        Ok(verifier.finish(chain.head))
    }
}
