//! The shop: plugins that keep state, under many customers at once. What they add up is checked against the log, from outside.

use super::of_type;
use oyez_tests::{Running, component, event, order, root};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const PRODUCERS: usize = 8;

/// A host with plugins of the shop, each with the `.toml` that ships with it, if any, and what is added to that.
fn shop(folder: &Path, plugins: &[(&str, &str)]) -> Running {
    fs::create_dir(folder.join("plugins")).unwrap();
    for (name, more) in plugins {
        let shipped = fs::read_to_string(root().join(format!("plugins/{name}/{name}.toml"))).unwrap_or_default();
        fs::write(folder.join(format!("plugins/{name}.wasm")), component(name)).unwrap();
        fs::write(folder.join(format!("plugins/{name}.toml")), shipped + more).unwrap();
    }
    open(folder, plugins.len())
}

fn open(folder: &Path, plugins: usize) -> Running {
    let host = Running::start(folder).unwrap();
    assert_eq!(host.until_ready().unwrap(), None);
    let items = host.get("/v1/plugins").unwrap()["items"].take();
    let running = items.as_array().unwrap().iter().filter(|plugin| plugin["state"] == "running").count();
    assert_eq!(running, plugins, "{items}");
    host
}

/// Publishes from several producers at once, each its share in order, a few at a time.
fn publish(host: &Running, events: &[Value]) {
    std::thread::scope(|scope| {
        for share in events.chunks(events.len().div_ceil(PRODUCERS)) {
            scope.spawn(|| share.chunks(10).for_each(|batch| drop(host.publish(batch).unwrap())));
        }
    });
}

/// All events once everything is settled and nothing dead.
fn settled(host: &Running) -> Vec<Value> {
    host.until_settled().unwrap();
    let dead = host.get("/v1/dead").unwrap();
    assert_eq!(dead["items"], json!([]), "{dead}");
    host.events().unwrap()
}

/// A seeded chance, printed where a test fails.
fn seeded() -> fastrand::Rng {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    fastrand::Rng::with_seed(seed)
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

/// Quantities by sku.
fn quantities(items: &Value) -> BTreeMap<String, u64> {
    items.as_array().unwrap().iter().map(|item| (item["sku"].as_str().unwrap().to_owned(), number(&item["quantity"]))).collect()
}

const SKUS: [&str; 5] = ["bread", "cake", "cheese", "soup", "tea"];

fn received(i: usize, chance: &mut fastrand::Rng) -> Value {
    let sku = SKUS[i % SKUS.len()];
    event(&format!("received-{i}"), "shop.stock.received.v1", sku, &json!({ "sku": sku, "quantity": chance.u32(1..10) }))
}

fn placed(i: usize, chance: &mut fastrand::Rng) -> Value {
    let kinds = chance.usize(1..=3);
    let items: Vec<_> = chance.choose_multiple(SKUS, kinds).iter().map(|sku| json!({ "sku": sku, "quantity": chance.u32(1..4) })).collect();
    let mut order = order(i);
    order["data"]["items"] = items.into();
    order
}

#[test]
fn orders_side_by_side_over_a_crash_never_reserve_more_than_there_is() {
    const ORDERS: usize = 600;
    let (folder, mut chance) = (tempfile::tempdir().unwrap(), seeded());
    let mut host = shop(folder.path(), &[("shop-inventory", "[[subscription]]\nname = \"on-order\"\nconcurrency = 64\n")]);
    let mut facts: Vec<Value> = (0..ORDERS).map(|i| placed(i, &mut chance)).collect();
    facts.extend((0..ORDERS / 6).map(|i| received(i, &mut chance)));
    chance.shuffle(&mut facts);
    let (first, rest) = facts.split_at(facts.len() / 2);
    publish(&host, first);
    host.kill().unwrap();
    let host = open(folder.path(), 1);
    publish(&host, rest);
    settled(&host);
    // One of each that nobody can have: what is left, the plugin says itself.
    let wishes = SKUS.map(|sku| {
        let data = json!({ "orderId": sku, "userId": "u", "items": [{ "sku": sku, "quantity": u32::MAX }], "amount": 1 });
        event(sku, "shop.order.placed.v1", sku, &data)
    });
    host.publish(&wishes).unwrap();

    let (mut stock, mut wanted) = (BTreeMap::<String, u64>::new(), BTreeMap::new());
    let (mut reserved, mut short) = (BTreeSet::new(), BTreeSet::new());
    for item in settled(&host) {
        let (event, data) = (&item["event"], &item["event"]["data"]);
        let id = data["orderId"].to_string();
        match event["type"].as_str().unwrap() {
            "shop.stock.received.v1" => *stock.entry(event["subject"].as_str().unwrap().to_owned()).or_default() += number(&data["quantity"]),
            "shop.order.placed.v1" => drop(wanted.insert(id, quantities(&data["items"]))),
            "shop.stock.reserved.v1" => {
                assert_eq!(quantities(&data["items"]), wanted[&id], "all of it, and nothing else: {data}");
                for (sku, quantity) in &wanted[&id] {
                    let left = stock.get_mut(sku).unwrap_or_else(|| panic!("{data}: nothing was received"));
                    *left = left.checked_sub(*quantity).unwrap_or_else(|| panic!("{data}: of `{sku}` there were {left}"));
                }
                assert!(reserved.insert(id), "reserved twice: {data}");
            }
            "shop.stock.short.v1" => {
                let (sku, left) = (data["sku"].as_str().unwrap(), number(&data["left"]));
                assert!(left < number(&data["wanted"]) && wanted[&id][sku] == number(&data["wanted"]), "{data}");
                // Of what was received last it may not have known yet.
                assert!(left <= stock.get(sku).copied().unwrap_or(0), "{data}: there were {stock:?}");
                assert!(!SKUS.contains(&event["subject"].as_str().unwrap()) || left == stock[sku], "{data}: at the end there were {stock:?}");
                assert!(short.insert(id), "short twice: {data}");
            }
            other => panic!("{other}"),
        }
    }
    assert!(
        reserved.is_disjoint(&short) && reserved.len() + short.len() == ORDERS + SKUS.len(),
        "{} reserved, {} short",
        reserved.len(),
        short.len()
    );
    assert!(!reserved.is_empty() && short.len() > SKUS.len(), "{} reserved, {} short", reserved.len(), short.len());
}

#[test]
fn each_update_of_a_cart_is_the_sum_of_its_changes_so_far() {
    const CARTS: usize = 5;
    const CHANGES: usize = 30;
    let (folder, mut chance) = (tempfile::tempdir().unwrap(), seeded());
    let host = shop(folder.path(), &[("shop-cart", "")]);
    // What each cart holds after each of its changes. A producer has some carts for itself, and changes them by turns.
    let mut expected = BTreeMap::<String, Vec<BTreeMap<String, u64>>>::new();
    let mut changes = Vec::new();
    for i in 0..PRODUCERS * CHANGES * CARTS {
        let id = format!("c-{}-{}", i / (CHANGES * CARTS), i % CARTS);
        let history = expected.entry(id.clone()).or_default();
        let mut items = history.last().cloned().unwrap_or_default();
        let there = items.entry(SKUS[chance.usize(..SKUS.len())].to_owned());
        let (sku, there) = (there.key().clone(), there.or_default());
        let removes = *there > 0 && chance.bool();
        let quantity = chance.u64(1..=if removes { *there } else { 5 });
        *there = if removes { *there - quantity } else { *there + quantity };
        items.retain(|_, quantity| *quantity > 0);
        history.push(items);
        let ty = if removes { "shop.cart.item-removed.v1" } else { "shop.cart.item-added.v1" };
        changes.push(event(&format!("change-{i}"), ty, &id, &json!({ "cartId": id, "sku": sku, "quantity": quantity })));
    }
    publish(&host, &changes);

    let mut updates = BTreeMap::<String, Vec<BTreeMap<String, u64>>>::new();
    for update in of_type(&settled(&host), "shop.cart.updated.v1") {
        let items = quantities(&update["data"]["items"]);
        assert_eq!(number(&update["data"]["totalQuantity"]), items.values().sum::<u64>(), "{update}");
        assert_eq!(update["subject"], update["data"]["cartId"]);
        updates.entry(update["subject"].as_str().unwrap().to_owned()).or_default().push(items);
    }
    assert_eq!(updates, expected);
}

#[test]
fn the_sales_of_the_days_are_the_sum_of_all_payments_to_the_cent() {
    const ORDERS: u32 = 400;
    let (folder, mut chance) = (tempfile::tempdir().unwrap(), seeded());
    let host = shop(folder.path(), &[("shop-payment", ""), ("shop-analytics", "")]);
    let mut cents = Vec::new();
    let orders: Vec<Value> = (0..ORDERS)
        .map(|i| {
            // One in ten is over the card's limit, and so not paid.
            let amount = if i % 10 == 9 { 1_000_001 } else { chance.u32(1..100_000) };
            cents.push(amount);
            let mut order = order(i as usize);
            order["data"]["amount"] = (f64::from(amount) / 100.0).into();
            order
        })
        .collect();
    publish(&host, &orders);

    let events = settled(&host);
    let (mut last, mut seen) = (BTreeMap::new(), 0);
    for sales in of_type(&events, "shop.sales.updated.v1") {
        assert_eq!(sales["subject"], sales["data"]["day"]);
        last.insert(sales["subject"].to_string(), sales["data"].clone());
        seen += 1;
    }
    let paid: Vec<u32> = cents.into_iter().filter(|amount| *amount <= 1_000_000).collect();
    assert_eq!((of_type(&events, "shop.payment.completed.v1").len(), seen), (paid.len(), paid.len()));
    assert_eq!(last.values().map(|sales| number(&sales["orders"])).sum::<u64>(), paid.len() as u64);
    // Midnight may pass meanwhile; a day's sum is exact in cents.
    let sums: u64 = last.values().map(|sales| sales["amount"].to_string()).map(|amount| in_cents(&amount)).sum();
    assert_eq!(sums, paid.into_iter().map(u64::from).sum::<u64>(), "{last:?}");
}

/// An amount as it is written, with at most two decimals.
fn in_cents(amount: &str) -> u64 {
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    assert!(part.len() <= 2, "{amount} has drifted");
    format!("{whole}{part:0<2}").parse().unwrap()
}

#[test]
fn who_orders_too_often_is_flagged_however_many_orders_come_at_once() {
    const USERS: usize = 50;
    let folder = tempfile::tempdir().unwrap();
    let host = shop(folder.path(), &[("shop-fraud", "")]);
    let placed = |user: usize, i: usize, time: &str| {
        let mut order = order(user * 100 + i);
        order["data"]["userId"] = format!("u-{user}").into();
        order["time"] = time.into();
        order
    };
    // Five are nothing unusual; the user's number says how many more there are. An hour later another one is none too many.
    let orders: Vec<Value> = (0..9)
        .flat_map(|i| (0..USERS).filter(move |user| i < 5 + user % 4).map(move |user| (user, i)))
        .map(|(user, i)| placed(user, i, "2026-01-01T12:00:00Z"))
        .collect();
    publish(&host, &orders);
    settled(&host);
    let later: Vec<Value> = (0..USERS).map(|user| placed(user, 99, "2026-01-01T13:00:00Z")).collect();
    publish(&host, &later);

    let mut flags = BTreeMap::<String, usize>::new();
    for flag in of_type(&settled(&host), "shop.fraud.flagged.v1") {
        assert_eq!(flag["data"]["reasons"], json!(["more than 5 orders of one user within 600 s"]));
        *flags.entry(flag["data"]["userId"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(flags, (0..USERS).filter(|user| user % 4 > 0).map(|user| (format!("u-{user}"), user % 4)).collect());
}
