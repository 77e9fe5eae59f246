//! Tells whether the codec library was built with its assembly parts.
#![expect(unsafe_code, reason = "asks the codec library, which is C++")]

// SAFETY: the declaration below is that of the header it names, in the version that
// `openh264-sys2` builds; it is linked into every build of it.
unsafe extern "C" {
    /// `codec/common/inc/cpu.h` of OpenH264: a mask of processor features, and through the
    /// pointer the number of processors if that is known.
    safe fn WelsCPUFeatureDetect(processors: Option<&mut i32>) -> u32;
}

/// Whether the library uses the processor's vector instructions.
///
/// Its build leaves the assembly out without a word when `nasm` is missing; encoding then takes
/// two to three times as long. `build.rs` stops a build that would do so, but cannot see a
/// library that was built earlier: this can. The remedy is to install nasm and to run
/// `cargo clean -p openh264-sys2`.
pub fn built_with_assembly() -> bool {
    // Without assembly the library finds no features on any processor.
    WelsCPUFeatureDetect(None) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assembly_is_built_in_unless_the_builder_said_no() {
        let expected = cfg!(target_arch = "x86_64") && option_env!("OPENH264_NO_ASM").is_none();
        assert!(
            built_with_assembly() || !expected,
            "install nasm and run `cargo clean -p openh264-sys2`"
        );
    }
}
