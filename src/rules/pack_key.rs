/// Names a pattern in the pack of tables. Shared, by inclusion, with the build script.
fn pack_key(pattern: &str) -> flat::Key {
    let digest: [u8; 32] = Sha256::digest(pattern.as_bytes()).into();
    std::array::from_fn(|i| digest[i])
}
