//! What the tests of the whole product share; nothing here ships.

pub mod bench;
pub mod house;
pub mod rig;
