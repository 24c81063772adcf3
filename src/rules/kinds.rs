/// The files of the rule folder that say what is sought; others (notices, scripts) do not count
/// for the digest. Shared, by inclusion, with the build script.
fn is_rule_file(name: &str) -> bool {
    let ending = |e: &str| name.ends_with(e);
    if name.starts_with("lexicons/") {
        return ending(".tsv") || ending("/exceptions.txt");
    }
    if ["models/", "network/", "typing/", "watcher/"].iter().any(|dir| name.starts_with(dir)) {
        return ending(".bin");
    }
    ending(".toml") || ending("/terms.txt")
}
