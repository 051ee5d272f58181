//! The library that users call: runs blocks on a card, with results that are exactly revm's.
