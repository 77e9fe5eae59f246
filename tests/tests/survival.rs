//! The directory when its process, its power or its disk fails: what it said was done stays done,
//! what works once works once, and the record holds.
//!
//! Each claim runs shortly in the normal suite, and long with `--ignored`.

mod survival {
    pub(crate) mod check;
    pub(crate) mod full;
    pub(crate) mod kill;
    pub(crate) mod power;
    pub(crate) mod scene;
    pub(crate) mod told;
    pub(crate) mod web;
    pub(crate) mod work;
}
