//! Guests in text: the body of `handle` is given, all else is laid out here.
//!
//! Memory: what `describe` says from 1024 on, an empty answer at [`EMPTY`], room for what a guest sees at [`SEEN`] and an answer
//! that emits it at [`EMIT_SEEN`]; the heap from 32 KiB on.

use std::fmt::Write as _;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const SAID: u32 = 1024;
/// An answer without emissions.
pub(crate) const EMPTY: u32 = 8192;
/// Where a guest puts what it sees: eight numbers of 64 bits.
pub(crate) const SEEN: u32 = 8448;
/// An answer of one emission, whose data is what lies at [`SEEN`].
pub(crate) const EMIT_SEEN: u32 = 8704;
/// That emission: 112 bytes, `data` at 88.
pub(crate) const EMISSION: u32 = 8960;

/// Interfaces of WASI as far as the guests here use them.
const WASI: &str = r"
package wasi:io@0.2.0 {
    interface error { resource error; }
    interface poll { resource pollable { block: func(); } }
    interface streams {
        use error.{error};
        variant stream-error { last-operation-failed(error), closed }
        resource output-stream { blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>; }
    }
}
package wasi:clocks@0.2.0 {
    interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } now: func() -> datetime; }
    interface monotonic-clock {
        use wasi:io/poll@0.2.0.{pollable};
        now: func() -> u64;
        subscribe-duration: func(when: u64) -> pollable;
    }
}
package wasi:random@0.2.0 {
    interface random { get-random-u64: func() -> u64; get-random-bytes: func(len: u64) -> list<u8>; }
    interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }
}
package wasi:cli@0.2.0 {
    interface stderr { use wasi:io/streams@0.2.0.{output-stream}; get-stderr: func() -> output-stream; }
    interface exit { exit: func(status: result); }
    interface environment { get-environment: func() -> list<tuple<string, string>>; }
}
package wasi:filesystem@0.2.0 {
    interface types { resource descriptor; }
    interface preopens { use types.{descriptor}; get-directories: func() -> list<tuple<descriptor, string>>; }
}
package wasi:sockets@0.2.0 {
    interface network {
        enum error-code {
            unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout, concurrency-conflict, not-in-progress,
            would-block, invalid-state, new-socket-limit, address-not-bindable, address-in-use, remote-unreachable,
            connection-refused, connection-reset, connection-aborted, datagram-too-large, name-unresolvable,
            temporary-resolver-failure, permanent-resolver-failure,
        }
        enum ip-address-family { ipv4, ipv6 }
    }
    interface tcp { resource tcp-socket; }
    interface tcp-create-socket {
        use network.{error-code, ip-address-family};
        use tcp.{tcp-socket};
        create-tcp-socket: func(address-family: ip-address-family) -> result<tcp-socket, error-code>;
    }
}
";

/// What a guest says of itself and does.
#[derive(Clone)]
pub(crate) struct Guest {
    /// Each subscription's name, filters (dialect by its number in the contract, attribute, value) and options.
    pub(crate) subscriptions: Vec<Subscription>,
    /// Imports of its world, such as `wasi:random/random@0.2.0`.
    pub(crate) imports: &'static [&'static str],
    /// More packages, in WIT.
    pub(crate) packages: String,
    /// Imports of its core module, in text.
    pub(crate) core_imports: &'static str,
    /// What `describe` does before it answers, in text.
    pub(crate) describe: &'static str,
    /// Pages of its memory.
    pub(crate) pages: u32,
    /// What `handle` does, in text: it leaves the place of an answer. It may use the local `$i`.
    pub(crate) handle: String,
    /// Where the contract stands, and its version.
    pub(crate) contract: &'static str,
}

/// One subscription of [`Guest::subscriptions`].
#[derive(Clone, Default)]
pub(crate) struct Subscription {
    pub(crate) name: &'static str,
    pub(crate) filters: Vec<(u32, &'static str, &'static str)>,
    pub(crate) options: Vec<(&'static str, &'static str)>,
}

impl Guest {
    /// A guest that does this and subscribes to nothing.
    pub(crate) fn new(handle: impl Into<String>) -> Self {
        Self {
            subscriptions: vec![],
            imports: &[],
            packages: String::new(),
            core_imports: "",
            describe: "",
            pages: 1,
            handle: handle.into(),
            contract: "0.1.0",
        }
    }

    /// A guest that completes.
    pub(crate) fn idle() -> Self {
        Self::new(format!("i32.const {EMPTY}"))
    }

    /// With these imports: the names of the world's, and the core module's text.
    pub(crate) fn importing(self, imports: &'static [&'static str], core_imports: &'static str) -> Self {
        Self { imports, core_imports, ..self }
    }

    /// Its core module.
    pub(crate) fn module(&self) -> Vec<u8> {
        let Self { core_imports, describe, pages, handle, contract, .. } = self;
        let said = escape(&self.said());
        let answer = escape(&words(&[0, 0, EMISSION, 1]));
        let emission = escape(&words(&[SAID, 1]));
        let data = escape(&words(&[1, 1, SEEN, 64]));
        let data_at = EMISSION + 88;
        let text = format!(
            r#"(module
                {core_imports}
                (memory (export "memory") {pages})
                (global $heap (mut i32) (i32.const 32768))
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (local $at i32)
                    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                    (global.set $heap (i32.add (local.get $at) (local.get 3)))
                    (local.get $at))
                (data (i32.const {SAID}) "{said}")
                (data (i32.const {EMIT_SEEN}) "{answer}")
                (data (i32.const {EMISSION}) "{emission}")
                (data (i32.const {data_at}) "{data}")
                (func (export "oyez:plugin/plugin-info@{contract}#describe") (result i32) {describe} i32.const {SAID})
                (func (export "oyez:plugin/handler@{contract}#handle") (param i32) (result i32) (local $i i32) {handle})
            )"#
        );
        wat::parse_str(&text).unwrap_or_else(|e| panic!("{e}\n{text}"))
    }

    /// It as a component.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let contract = include_str!("contract.wit");
        let contract = contract.replace("@0.1.0", &format!("@{}", self.contract));
        resolve.push_str("oyez.wit", &contract).expect("the contract parses");
        let imports = self.imports.iter().fold(String::new(), |mut all, name| {
            let _ = write!(all, "import {name};");
            all
        });
        let version = self.contract;
        let exports = format!("export oyez:plugin/plugin-info@{version}; export oyez:plugin/handler@{version};");
        let world = format!("package test:guest;\n{WASI}\n{}\nworld guest {{ {imports} {exports} }}", self.packages);
        let package = resolve.push_str("guest.wit", &world).unwrap_or_else(|e| panic!("{e:#}\n{world}"));
        let world = resolve.select_world(&[package], Some("guest")).expect("the world is there");
        let mut module = self.module();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the contract is put on");
        let encoder = ComponentEncoder::default().validate(true).module(&module).expect("the module fits its world");
        { encoder }.encode().unwrap_or_else(|e| panic!("{e:#}"))
    }

    /// What `describe` answers, laid out from [`SAID`] on: version `1.2.3`, summary `a guest`, emits `seen`.
    fn said(&self) -> Vec<u8> {
        let mut image = Image(vec![0; 48]);
        let subscriptions: Vec<u32> = self.subscriptions.iter().flat_map(|s| image.subscription(s)).collect();
        let emits = image.text("seen");
        let record = [image.text("guest"), image.text("1.2.3"), image.text("a guest"), image.list(&subscriptions, 6), image.list(&emits, 2), [0, 0]];
        image.0[..48].copy_from_slice(&words(&record.concat()));
        assert!(image.0.len() < (EMPTY - SAID) as usize, "the description runs into the answers");
        image.0
    }
}

/// Bytes that lie from [`SAID`] on.
struct Image(Vec<u8>);

impl Image {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        let at = SAID + u32::try_from(self.0.len()).expect("small");
        self.0.extend_from_slice(bytes);
        at
    }

    fn text(&mut self, text: &str) -> [u32; 2] {
        [self.put(text.as_bytes()), u32::try_from(text.len()).expect("small")]
    }

    fn list(&mut self, elements: &[u32], each: usize) -> [u32; 2] {
        [self.put(&words(elements)), u32::try_from(elements.len() / each).expect("small")]
    }

    fn subscription(&mut self, said: &Subscription) -> [u32; 6] {
        let mut filters = vec![];
        for (dialect, attribute, value) in &said.filters {
            filters.push(*dialect);
            filters.extend([self.text(attribute), self.text(value)].concat());
        }
        let mut options = vec![];
        for (key, value) in &said.options {
            options.extend([self.text(key), self.text(value)].concat());
        }
        let [name, filters, options] = [self.text(said.name), self.list(&filters, 5), self.list(&options, 4)];
        [name[0], name[1], filters[0], filters[1], options[0], options[1]]
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn escape(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "\\{byte:02x}");
        all
    })
}
