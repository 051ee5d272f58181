//! Forks, with the numbers of revm's `SpecId` (a test in `gasworks-translate` compares them).

/// A fork of the Ethereum mainnet that the card executes: Berlin to Osaka.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fork {
    /// EIP-2929, EIP-2930.
    Berlin = 7,
    /// EIP-1559, EIP-3198 `BASEFEE`, EIP-3529 refunds.
    London = 8,
    /// The Merge: `PREVRANDAO`.
    Merge = 9,
    /// EIP-3651 warm coinbase, EIP-3855 `PUSH0`, EIP-3860.
    Shanghai = 10,
    /// EIP-1153, EIP-4844 `BLOBHASH`, EIP-5656 `MCOPY`, EIP-6780, EIP-7516.
    Cancun = 11,
    /// EIP-7702.
    Prague = 12,
    /// EIP-7939 `CLZ`.
    Osaka = 13,
}

impl Fork {
    /// All forks, oldest first.
    pub const ALL: [Self; 7] = [
        Self::Berlin,
        Self::London,
        Self::Merge,
        Self::Shanghai,
        Self::Cancun,
        Self::Prague,
        Self::Osaka,
    ];

    /// The fork of a number as revm's `SpecId` spells it; `None` where the card does not run it.
    #[must_use]
    pub fn from_u8(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|fork| *fork as u8 == id)
    }
}
