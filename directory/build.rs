//! Compiles the directory anew when a text or a migration was added: both are read from their
//! folders by macros, which the compiler cannot see.

fn main() {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=migrations");
}
