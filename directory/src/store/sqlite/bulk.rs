//! Acts on many devices on SQLite.

/// What words are looked for in beside the name, made anew from where it is kept.
macro_rules! words {
    () => {
        "serial_fold || char(10) || person_fold || char(10) || address || char(10) || \
         coalesce((SELECT group_concat(v.value_fold, char(10)) FROM device_field v \
         WHERE v.device = device.num), '')"
    };
}
pub(super) use words;
