//! Who is who: subfolders, names, shared components, collisions.

use crate::harness::Folder;
use std::fs;

#[tokio::test]
async fn a_subfolder_is_a_namespace() {
    let mut folder = Folder::watched().await;
    folder.put("billing/eu/email.wasm", "one");
    folder.loads("billing/eu/email", "one").await;
    folder.put("my folder/email.wasm", "three");
    folder.refuses("my folder/email", "invalid-name").await;
    folder.put("1/2/3/4/5/6/7/8/email.wasm", "four");
    folder.refuses("1/2/3/4/5/6/7/8/email", "invalid-name").await;
    fs::remove_dir_all(folder.path("billing")).expect("removed");
    folder.removes("billing/eu/email").await;
}

#[tokio::test]
async fn of_names_that_differ_in_case_only_the_first_stands() {
    let mut folder = Folder::watched().await;
    folder.put("billing/email.wasm", "one");
    folder.loads("billing/email", "one").await;
    folder.put("Billing/Email.wasm", "two");
    let refused = folder.refuses("Billing/Email", "name-collision").await;
    assert!(refused.message.contains("billing/email.wasm") && refused.message.contains("in case only"), "{}", refused.message);
    folder.remove("billing/email.wasm");
    folder.removes("billing/email").await;
    folder.loads("Billing/Email", "two").await;
}

#[tokio::test]
async fn the_toml_names_the_plugin_and_a_new_name_is_another_plugin() {
    let mut folder = Folder::watched().await;
    folder.put("billing/mailer.toml", "name = \"email\"");
    folder.put("billing/mailer.wasm", "one");
    folder.loads("billing/email", "one").await;
    folder.put("billing/mailer.toml", "name = \"post\"");
    folder.removes("billing/email").await;
    folder.loads("billing/post", "one").await;
    fs::rename(folder.path("billing/mailer.wasm"), folder.path("billing/m.wasm")).expect("renamed");
    fs::rename(folder.path("billing/mailer.toml"), folder.path("billing/m.toml")).expect("renamed");
    let moved = folder.loads("billing/post", "one").await;
    assert_eq!(moved.file, folder.path("billing/m.wasm"));
    assert_eq!(folder.fake.texts().len(), 2, "moving a file compiles nothing");
}

#[tokio::test]
async fn several_plugins_share_a_component_that_is_none_of_its_own() {
    let mut folder = Folder::new();
    folder.put("lib/mailer.wasm", "one");
    folder.put("a.toml", "component = \"lib/mailer.wasm\"");
    folder.put("b.toml", "component = \"lib/mailer.wasm\"");
    folder.watch();
    let mut names = [folder.loaded().await.name, folder.loaded().await.name];
    names.sort();
    assert_eq!(names.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    folder.scanned().await;
    folder.put("lib/mailer.wasm", "two");
    assert_eq!([folder.loaded().await.plugin.summary, folder.loaded().await.plugin.summary], ["two", "two"]);
    // The last `.toml` that names it frees it.
    folder.remove("a.toml");
    folder.removes("a").await;
    folder.remove("b.toml");
    folder.removes("b").await;
    folder.loads("lib/mailer", "two").await;
}

#[tokio::test]
async fn a_broken_toml_makes_no_plugin_of_the_component_that_it_shares() {
    let mut folder = Folder::new();
    folder.put("mailer.wasm", "one");
    folder.put("email.toml", "component = \"mailer.wasm\"\npausd = true\n[limits\n");
    folder.watch();
    folder.refuses("email", "invalid-toml").await;
    folder.scanned().await;
    folder.put("email.toml", "component = \"mailer.wasm\"");
    folder.loads("email", "one").await;
}

#[tokio::test]
async fn a_missing_component_is_refused_and_what_ran_is_removed() {
    let mut folder = Folder::watched().await;
    folder.put("email.toml", "component = \"mailer.wasm\"");
    let refused = folder.refuses("email", "missing-component").await;
    assert_eq!(refused.file, folder.path("email.toml"));
    assert!(refused.message.contains("mailer.wasm"));
    folder.put("mailer.wasm", "one");
    folder.loads("email", "one").await;
    folder.remove("mailer.wasm");
    folder.removes("email").await;
    folder.refuses("email", "missing-component").await;
    folder.remove("email.toml");
    folder.removes("email").await;
}

#[tokio::test]
async fn a_collision_is_refused_naming_both_and_the_first_keeps_the_name() {
    let mut folder = Folder::new();
    folder.put("b.wasm", "one");
    folder.put("b.toml", "name = \"email\"");
    folder.put("email.wasm", "two");
    folder.watch();
    folder.loads("email", "one").await;
    let refused = folder.refuses("email", "name-collision").await;
    assert_eq!(refused.file, folder.path("email.wasm"));
    assert!(refused.message.contains("b.toml") && refused.message.contains("email.wasm"), "{}", refused.message);
    folder.scanned().await;
    // First by path, and yet a newcomer: the one that runs keeps the name, and the complaint about the other stands.
    folder.put("a.toml", "name = \"email\"");
    folder.put("a.wasm", "three");
    assert_eq!(folder.refuses("email", "name-collision").await.file, folder.path("a.toml"));
    // A cured collision tells anew what runs, and what still stands against it.
    folder.remove("email.wasm");
    folder.loads("email", "one").await;
    folder.refuses("email", "name-collision").await;
    // The name is free: the other takes it.
    folder.remove("b.toml");
    folder.remove("b.wasm");
    folder.loads("email", "three").await;
    assert_eq!(folder.fake.texts(), ["one", "three"]);
}
