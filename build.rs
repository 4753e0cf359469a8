//! The rules travel inside the binary: build again when one of them changes.

fn main() {
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=targets.toml");
}
