//! Components put there, written slowly, replaced, removed, put back.

use crate::harness::Folder;
use oyez_registry::FolderEvent;
use std::fs::{self, File};
use std::io::Write;

#[tokio::test]
async fn what_is_there_at_the_start_is_told_before_scanned() {
    let mut folder = Folder::new();
    folder.put("a.wasm", "one");
    folder.put("b.wasm", "bad");
    folder.put("c d.wasm", "three");
    folder.watch();
    let mut told = Vec::new();
    loop {
        match folder.next().await {
            FolderEvent::Loaded(loaded) => told.push(loaded.name.as_str().to_owned()),
            FolderEvent::Refused(refused) => told.push(format!("{} {}", refused.name, refused.code)),
            FolderEvent::Removed(name) => panic!("{name} was there"),
            FolderEvent::Scanned => break,
        }
    }
    told.sort();
    assert_eq!(told, ["a", "b not-a-component", "c d invalid-name"]);
}

#[tokio::test]
async fn a_missing_folder_is_made_and_a_dropped_receiver_ends_the_watch() {
    let folder = Folder::watched().await;
    assert!(folder.path("").is_dir());
    folder.close().await;
}

#[tokio::test]
async fn a_folder_that_is_a_file_is_an_error() {
    let mut folder = Folder::new();
    fs::write(folder.outside("plugins"), "").expect("written");
    folder.watch();
    let error = folder.fails().await;
    assert_eq!(error.code(), "folder-is-a-file");
    assert!(error.to_string().contains("plugins"));
}

#[tokio::test]
async fn a_dropped_component_loads_with_what_describe_says() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    let loaded = folder.loads("email", "one").await;
    assert_eq!(loaded.file, folder.path("email.wasm"));
    assert_eq!((loaded.subscriptions.len(), loaded.subscriptions[0].name.as_str(), loaded.paused), (1, "on-order", false));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_slow_copy_is_never_loaded_half() {
    let mut folder = Folder::watched().await;
    let mut file = File::create(folder.path("email.wasm")).expect("created");
    file.write_all(b"half").expect("written");
    // Two others come and settle meanwhile: by then the half has stood still for as long as they have.
    folder.nothing_but("x").await;
    folder.nothing_but("y").await;
    file.write_all(b" and half").expect("written");
    drop(file);
    folder.loads("email", "half and half").await;
    assert_eq!(folder.fake.texts(), ["x", "y", "half and half"]);
}

#[tokio::test]
async fn a_half_that_slipped_through_is_refused_and_read_again() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "bad ha");
    let refused = folder.refuses("email", "not-a-component").await;
    assert_eq!((refused.message.as_str(), refused.version.is_some()), ("it is no component", true));
    folder.put("email.wasm", "half and half");
    folder.loads("email", "half and half").await;
}

#[tokio::test]
async fn a_replaced_component_swaps_the_version_in_place_or_by_rename() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    let one = folder.loads("email", "one").await;
    folder.put("email.wasm", "two");
    let two = folder.loads("email", "two").await;
    assert_ne!(one.plugin.version, two.plugin.version);
    folder.put(".email.new", "three");
    fs::rename(folder.path(".email.new"), folder.path("email.wasm")).expect("renamed");
    folder.loads("email", "three").await;
}

#[tokio::test]
async fn a_build_that_does_not_load_leaves_what_runs_and_going_back_cures_it() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    folder.put("email.wasm", "bad two");
    folder.refuses("email", "not-a-component").await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    assert_eq!(folder.fake.texts(), ["one", "bad two"], "what runs is not compiled again");
}

#[tokio::test]
async fn the_same_bytes_written_again_are_no_change() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    folder.put("email.wasm", "one");
    folder.nothing_but("x").await;
    folder.nothing_but("y").await;
    assert_eq!(folder.fake.texts(), ["one", "x", "y"]);
}

#[tokio::test]
async fn a_removed_component_is_removed_and_comes_back() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    folder.remove("email.wasm");
    folder.removes("email").await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
}

#[tokio::test]
async fn removed_and_put_back_at_once_is_a_change_and_no_removal() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    folder.remove("email.wasm");
    folder.put("email.wasm", "two");
    folder.loads("email", "two").await;
}

#[tokio::test]
async fn what_was_refused_and_goes_away_is_removed_though_its_name_is_none() {
    let mut folder = Folder::watched().await;
    folder.put("my plugin.wasm", "one");
    let refused = folder.refuses("my plugin", "invalid-name").await;
    assert!(refused.message.contains("rename"), "{}", refused.message);
    folder.remove("my plugin.wasm");
    folder.removes("my plugin").await;
    folder.put("email.wasm", "bad");
    folder.refuses("email", "not-a-component").await;
    folder.remove("email.wasm");
    folder.removes("email").await;
    assert_eq!(folder.fake.texts(), ["bad"]);
}

#[tokio::test]
async fn a_component_over_the_limit_is_refused_unread() {
    let mut folder = Folder::watched().await;
    let file = File::create(folder.path("email.wasm")).expect("created");
    file.set_len((64 << 20) + 1).expect("a hole is free");
    drop(file);
    let refused = folder.refuses("email", "too-large").await;
    assert!(refused.message.contains("67108865") && refused.message.contains("67108864"), "{}", refused.message);
    assert!(folder.fake.texts().is_empty());
}

#[tokio::test]
async fn a_loader_that_panics_refuses_and_harms_no_other() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "panic");
    folder.refuses("email", "loader-failed").await;
    folder.nothing_but("x").await;
}

#[tokio::test]
async fn two_load_side_by_side_and_a_newer_file_supersedes_a_queued_load() {
    let mut folder = Folder::watched().await;
    folder.shut();
    for name in ["a", "b", "c"] {
        folder.put(&format!("{name}.wasm"), name);
    }
    folder.begun(2).await;
    folder.put("c.wasm", "newer");
    let mut told = Vec::new();
    folder.fake.gate.add_permits(1);
    told.push(folder.loaded().await.plugin.summary);
    // The third began when a place was free: with what lay there then.
    folder.begun(3).await;
    folder.fake.gate.add_permits(100);
    told.push(folder.loaded().await.plugin.summary);
    told.push(folder.loaded().await.plugin.summary);
    told.sort();
    assert_eq!(told, ["a", "b", "newer"]);
}

#[tokio::test]
async fn a_removal_during_a_load_gives_the_load_up() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    folder.shut();
    folder.put("email.wasm", "two");
    folder.begun(2).await;
    folder.remove("email.wasm");
    folder.removes("email").await;
    folder.fake.gate.add_permits(100);
    folder.nothing_but("x").await;
}

#[tokio::test]
async fn dotfiles_dot_folders_and_other_files_are_ignored() {
    let mut folder = Folder::watched().await;
    for name in [".email.wasm", ".git/email.wasm", "email.txt", "email.wasm.part", "README"] {
        folder.put(name, "one");
    }
    folder.nothing_but("x").await;
    folder.nothing_but("y").await;
}

#[tokio::test]
async fn a_folder_that_goes_away_takes_nothing_with_it_and_is_watched_again() {
    let mut folder = Folder::watched().await;
    folder.put("email.wasm", "one");
    folder.loads("email", "one").await;
    fs::rename(folder.path(""), folder.outside("away")).expect("renamed");
    fs::create_dir(folder.outside("new")).expect("a folder");
    fs::write(folder.outside("new/email.wasm"), "two").expect("written");
    fs::rename(folder.outside("new"), folder.outside("plugins")).expect("renamed");
    folder.loads("email", "two").await;
    folder.nothing_but("x").await;
}
