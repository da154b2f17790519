//! The `.toml`: taken up without a compile where it can be, and never at the cost of what runs.

use crate::harness::Folder;
use oyez_model::Ordering;
use std::time::Duration;

#[tokio::test]
async fn a_changed_toml_reconfigures_what_runs() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    folder.put("email.toml", "paused = true\n[[subscription]]\nname = \"on-order\"\nordering = \"none\"");
    let loaded = folder.loads("email", "one").await;
    assert_eq!((loaded.paused, loaded.subscriptions[0].ordering, loaded.subscriptions[0].filters.len()), (true, Ordering::None, 1));
    assert_eq!(folder.fake.texts().len(), 1, "what the sandbox never sees needs no compile");
    folder.put("email.toml", "[limits]\ntime = \"5s\"");
    let loaded = folder.loads("email", "one").await;
    assert_eq!((loaded.paused, loaded.subscriptions[0].ordering, loaded.settings.limits.time), (false, Ordering::Key, Duration::from_secs(5)));
    assert_eq!(folder.fake.texts().len(), 2);
    // A comment says nothing new.
    folder.put("email.toml", "[limits] # generous\ntime = \"5s\"");
    folder.nothing_but("x").await;
    folder.nothing_but("y").await;
    folder.remove("email.toml");
    assert_eq!(folder.loads("email", "one").await.settings.limits.time, Duration::from_secs(30));
}

#[tokio::test]
async fn a_bad_toml_leaves_the_old_configuration_in_force_for_new_builds_too() {
    let mut folder = Folder::watched().await;
    folder.put("email.toml", "[limits]\ntime = \"5s\"");
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    folder.put("email.toml", "name = \"other\"\n[limits]\ntimes = \"6s\"");
    let refused = folder.refuses("email", "unknown-key").await;
    assert_eq!(refused.file, folder.path("email.toml"));
    assert!(refused.message.starts_with("line 3: ") && refused.message.contains("`time`"), "{}", refused.message);
    folder.put("email.wasm", "two");
    assert_eq!(folder.loads("email", "two").await.settings.limits.time, Duration::from_secs(5));
    folder.refuses("email", "unknown-key").await;
    // Back to what is in force: the reason is taken back, and nothing is compiled.
    folder.put("email.toml", "[limits]\ntime = \"5s\"");
    folder.loads("email", "two").await;
    assert_eq!(folder.fake.texts(), ["one", "two"]);
}

#[tokio::test]
async fn a_bad_toml_put_beside_what_runs_leaves_it_and_from_the_start_nothing_runs() {
    let mut folder = Folder::new();
    folder.put("broken.toml", "paused = 1");
    folder.put("broken.wasm", "one");
    folder.watch();
    folder.refuses("broken", "invalid-setting").await;
    folder.scanned().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    folder.put("email.toml", "pausd = true");
    folder.refuses("email", "unknown-key").await;
    folder.put("email.wasm", "two");
    folder.loads("email", "two").await;
    folder.refuses("email", "unknown-key").await;
    folder.remove("email.toml");
    folder.loads("email", "two").await;
}

#[tokio::test]
async fn subscriptions_of_the_toml_alone_are_added_and_need_filters() {
    let mut folder = Folder::watched().await;
    folder.put("email.toml", "[[subscription]]\nname = \"all\"\nfilters = []");
    folder.put("email.wasm", "one");
    let loaded = folder.loads("email", "one").await;
    assert_eq!(loaded.subscriptions.iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>(), ["on-order", "all"]);
    folder.put("email.toml", "[[subscription]]\nname = \"all\"");
    assert!(folder.refuses("email", "invalid-setting").await.message.contains("filters = []"));
    let many: String = (0..64).map(|n| format!("[[subscription]]\nname = \"n{n}\"\nfilters = []\n")).collect();
    folder.put("email.toml", &many);
    assert!(folder.refuses("email", "too-many-subscriptions").await.message.contains("65"));
}

#[tokio::test]
async fn no_subscription_and_one_name_twice_are_refused() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "mute");
    assert!(folder.refuses("email", "no-subscription").await.message.contains("[[subscription]]"));
    folder.put("email.wasm", "twice");
    assert!(folder.refuses("email", "invalid-setting").await.message.contains("on-order"));
}

#[tokio::test]
async fn what_is_not_built_yet_and_what_is_no_text_are_refused() {
    let mut folder = Folder::watched().await;
    folder.put("email.toml", "instance = \"reuse\"");
    folder.put("email.wasm", "one");
    folder.refuses("email", "not-yet").await;
    std::fs::write(folder.path("email.toml"), b"name = \"\xff\"").expect("written");
    folder.refuses("email", "invalid-toml").await;
    folder.put("email.toml", &"#".repeat((1 << 20) + 1));
    folder.refuses("email", "too-large").await;
    folder.remove("email.toml");
    folder.loads("email", "one").await;
}
