//! `require_signature` and `require_toml`: who writes the folder and has no key changes nothing of what runs.

use crate::harness::Folder;
use oyez_registry::{SigningKey, sign};
use std::fs;

/// A folder that asks for this key's signatures, and the key.
async fn folder() -> (Folder, SigningKey) {
    let key = SigningKey::new().expect("a key");
    let mut folder = Folder::new();
    folder.provisions.signers = vec![key.public()];
    folder.watch();
    folder.scanned().await;
    (folder, key)
}

fn signed(folder: &Folder, file: &str, key: &SigningKey) {
    sign(&folder.path(file), &folder.path(""), None, key).expect("signed");
}

#[tokio::test]
async fn only_what_a_listed_key_signed_loads() {
    let (mut folder, key) = folder().await;
    folder.put("email.wasm", "one");
    let refused = folder.refuses("email", "not-signed").await;
    assert!(refused.message.contains("email.sig") && refused.version.is_some(), "{}", refused.message);
    signed(&folder, "email.wasm", &SigningKey::new().expect("a key"));
    folder.refuses("email", "signed-by-another").await;
    fs::write(folder.path("email.sig"), "garbage").expect("written");
    folder.refuses("email", "invalid-signature").await;
    fs::write(folder.path("email.sig"), b"\xff").expect("written");
    folder.refuses("email", "invalid-signature").await;
    fs::remove_file(folder.path("email.sig")).expect("removed");
    std::os::unix::fs::symlink("/etc/hostname", folder.path("email.sig")).expect("a link");
    folder.refuses("email", "link-out-of-folder").await;
    fs::remove_file(folder.path("email.sig")).expect("removed");
    signed(&folder, "email.wasm", &key);
    folder.loads("email", "one").await;
    assert_eq!(folder.fake.texts(), ["one"], "nothing else came as far as the loader");
}

#[tokio::test]
async fn a_new_build_and_its_signature_come_in_either_order_and_what_runs_goes_on_between() {
    let (mut folder, key) = folder().await;
    folder.put("email.wasm", "one");
    signed(&folder, "email.wasm", &key);
    folder.loads("email", "one").await;
    // Both at once.
    folder.put("email.wasm", "two");
    signed(&folder, "email.wasm", &key);
    folder.loads("email", "two").await;
    // The component first.
    folder.put("email.wasm", "three");
    folder.refuses("email", "signature-does-not-hold").await;
    signed(&folder, "email.wasm", &key);
    folder.loads("email", "three").await;
    // The signature first.
    folder.put("elsewhere/email.wasm", "four");
    sign(&folder.path("elsewhere/email.wasm"), &folder.path(""), Some("email"), &key).expect("signed");
    folder.refuses("elsewhere/email", "signature-does-not-hold").await;
    fs::rename(folder.path("elsewhere/email.sig"), folder.path("email.sig")).expect("moved");
    let (first, second) = (folder.next().await, folder.next().await);
    let told = format!("{first:?} {second:?}");
    assert!(told.contains("signature-does-not-hold") && told.contains("not-signed"), "{told}");
    fs::rename(folder.path("elsewhere/email.wasm"), folder.path("email.wasm")).expect("moved");
    let mut events = [format!("{:?}", folder.next().await), format!("{:?}", folder.next().await)];
    events.sort();
    assert!(events[0].starts_with("Loaded") && events[0].contains("four") && events[1].starts_with("Removed"), "{events:?}");
    assert_eq!(folder.fake.texts(), ["one", "two", "three", "four"]);
}

#[tokio::test]
async fn settings_that_nobody_signed_are_never_in_force() {
    let (mut folder, key) = folder().await;
    folder.put("email.wasm", "one");
    folder.put("email.toml", "[limits]\nemissions = 3");
    signed(&folder, "email.toml", &key);
    assert_eq!(folder.loads("email", "one").await.settings.limits.emissions, 3);
    for unsigned in
        ["[limits]\nemissions = 3\n[grants]\nstate = true", "[limits]\nemissions = 4", "paused = true", "# a comment\n[limits]\nemissions = 3"]
    {
        folder.put("email.toml", unsigned);
        folder.refuses("email", "signature-does-not-hold").await;
    }
    // Nor that it has none.
    folder.remove("email.toml");
    folder.refuses("email", "signature-does-not-hold").await;
    folder.put("email.toml", "[limits]\nemissions = 4");
    signed(&folder, "email.toml", &key);
    assert_eq!(folder.loads("email", "one").await.settings.limits.emissions, 4);
    assert_eq!(folder.fake.texts().len(), 2);
}

#[tokio::test]
async fn a_signed_component_is_no_other_plugin() {
    let (mut folder, key) = folder().await;
    folder.put("billing/email.wasm", "one");
    signed(&folder, "billing/email.wasm", &key);
    folder.loads("billing/email", "one").await;
    for other in ["email", "billing/post"] {
        fs::copy(folder.path("billing/email.wasm"), folder.path(&format!("{other}.wasm"))).expect("copied");
        fs::copy(folder.path("billing/email.sig"), folder.path(&format!("{other}.sig"))).expect("copied");
        let refused = folder.refuses(other, "signature-does-not-hold").await;
        assert!(refused.message.contains(other), "{}", refused.message);
    }
}

#[tokio::test]
async fn plugins_that_share_a_component_have_a_signature_each() {
    let (mut folder, key) = folder().await;
    folder.put("lib/mailer.wasm", "one");
    folder.put("a.toml", "component = \"lib/mailer.wasm\"");
    folder.put("b.toml", "name = \"bee\"\ncomponent = \"lib/mailer.wasm\"");
    signed(&folder, "a.toml", &key);
    let mut told = [format!("{:?}", folder.next().await), format!("{:?}", folder.next().await)];
    told.sort();
    assert!(told[0].starts_with("Loaded") && told[1].contains("bee") && told[1].contains("not-signed"), "{told:?}");
    signed(&folder, "b.toml", &key);
    folder.loads("bee", "one").await;
}

#[tokio::test]
async fn without_a_toml_nothing_loads_where_one_is_asked_for() {
    let mut folder = Folder::new();
    folder.provisions.require_toml = true;
    folder.watch();
    folder.scanned().await;
    folder.put("email.wasm", "one");
    let refused = folder.refuses("email", "toml-required").await;
    assert!(refused.message.contains("email.toml"), "{}", refused.message);
    folder.put("email.toml", "");
    folder.loads("email", "one").await;
    folder.remove("email.toml");
    folder.removes("email").await;
    folder.refuses("email", "toml-required").await;
    folder.put("email.toml", "pausd = true");
    folder.refuses("email", "unknown-key").await;
    assert_eq!(folder.fake.texts(), ["one"]);
}
