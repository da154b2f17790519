//! What all guests share: a plugin in text that describes itself and completes, where each guest puts its own behaviour in.
//!
//! Its memory: what `describe` says from 1024 on; an empty answer at `$empty` (8192); an answer of one emission at `$answer` (8704), the
//! emission itself at `$emission` (8960, 112 bytes); room for data of the guest's own at `$free` (16384); the heap from 32768 on. The
//! layouts are those of the canonical ABI over `wit/types.wit`.

use super::{Expect, bomb};
use std::fmt::Write as _;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const SAID: u32 = 1024;
const ANSWER: u32 = 8704;
const EMISSION: u32 = 8960;
const HEAP: u32 = 32768;
const CONTRACT: [&str; 2] = [include_str!("../../../wit/types.wit"), include_str!("../../../wit/handler.wit")];
const WASI: &str = include_str!("../../hostile/wasi.wit");

/// A guest as it is dropped into the folder: its files, and what is to become of it.
#[derive(Clone, Debug)]
pub struct Guest {
    /// The component, or what pretends to be one.
    pub wasm: Vec<u8>,
    /// What stands in its `.toml` besides what all of them have.
    pub settings: String,
    /// What is to become of it.
    pub expect: Expect,
}

impl Guest {
    /// These bytes.
    pub fn bytes(wasm: impl Into<Vec<u8>>, expect: Expect) -> Self {
        Self { wasm: wasm.into(), settings: String::new(), expect }
    }

    /// This component or module in text, whole.
    ///
    /// # Panics
    /// The text does not parse: a mistake in the corpus.
    #[must_use]
    pub fn text(text: &str, expect: Expect) -> Self {
        Self::bytes(parse(text), expect)
    }

    /// With a section behind all others, as it stands in the binary format: its number, and its bytes.
    #[must_use]
    pub fn with_section(mut self, number: u8, bytes: &[u8]) -> Self {
        self.wasm.push(number);
        bomb::leb(&mut self.wasm, bytes.len());
        self.wasm.extend_from_slice(bytes);
        self
    }

    /// With so many bytes of modules that nobody instantiates, and that have to be compiled all the same.
    #[must_use]
    pub fn with_bomb(self, bytes: usize, make: fn(usize) -> Vec<u8>) -> Self {
        const CORE_MODULE: u8 = 1;
        let (whole, rest) = (bytes / bomb::MODULE_BYTES_MAX, bytes % bomb::MODULE_BYTES_MAX);
        let sizes = std::iter::repeat_n(bomb::MODULE_BYTES_MAX, whole).chain((rest > 0).then_some(rest));
        sizes.fold(self, |guest, size| guest.with_section(CORE_MODULE, &make(size)))
    }

    /// With these lines in its `.toml`.
    #[must_use]
    pub fn settings(mut self, lines: &str) -> Self {
        self.settings.push_str(lines);
        self.settings.push('\n');
        self
    }
}

/// A plugin in text that completes, but for what is changed of it.
#[derive(Clone, Debug)]
pub struct Plugin {
    imports: Vec<String>,
    exports: String,
    packages: String,
    core_imports: String,
    items: String,
    memory: String,
    describe: String,
    realloc: String,
    handle: String,
    description: Description,
    contract: &'static str,
}

/// What `describe` says.
#[derive(Clone, Debug)]
struct Description {
    name: String,
    version: String,
    summary: String,
    subscriptions: Vec<String>,
    emits: Vec<String>,
    options: Vec<String>,
}

impl Default for Plugin {
    fn default() -> Self {
        let description = Description {
            name: "guest".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "a guest".to_owned(),
            subscriptions: Vec::new(),
            emits: Vec::new(),
            options: Vec::new(),
        };
        Self {
            imports: Vec::new(),
            exports: String::new(),
            packages: String::new(),
            core_imports: String::new(),
            items: String::new(),
            memory: r#"(memory (export "memory") 2)"#.to_owned(),
            describe: String::new(),
            realloc: String::new(),
            handle: "(global.get $empty)".to_owned(),
            description,
            contract: "0.1.0",
        }
    }
}

impl Plugin {
    /// Whose `handle` does this: it leaves the place of an answer, and may use the locals `$i`, `$j` and `$long`.
    #[must_use]
    pub fn handling(handle: &str) -> Self {
        Self { handle: handle.to_owned(), ..Self::default() }
    }

    /// Whose `handle` opens a bucket and does this: by `$set`, with the bucket in `$j`; what that gives back comes to 16400.
    #[must_use]
    pub fn writing(writes: &str) -> Self {
        let open = "(call $open (i32.const 16384) (i32.const 1) (i32.const 16400)) (local.set $j (i32.load offset=4 (i32.const 16400)))";
        Self::handling(&format!("{open} {writes} (global.get $empty)"))
            .import("wasi:keyvalue/store@0.2.0-draft", "open", "(func $open (param i32 i32 i32))")
            .import("wasi:keyvalue/store@0.2.0-draft", "[method]bucket.set", "(func $set (param i32 i32 i32 i32 i32 i32))")
    }

    /// With a `describe` that does this before it answers.
    #[must_use]
    pub fn describing(mut self, describe: &str) -> Self {
        describe.clone_into(&mut self.describe);
        self
    }

    /// With a `cabi_realloc`, through which the host puts what it gives, that does this before it answers.
    #[must_use]
    pub fn allocating(mut self, realloc: &str) -> Self {
        realloc.clone_into(&mut self.realloc);
        self
    }

    /// That imports a function: the interface, its name there, its type in the core module's text, named.
    #[must_use]
    pub fn import(mut self, interface: &str, name: &str, ty: &str) -> Self {
        if !self.imports.iter().any(|known| known == interface) {
            self.imports.push(interface.to_owned());
        }
        let _ = write!(self.core_imports, r#"(import "{interface}" "{name}" {ty})"#);
        self
    }

    /// With a core import that stands for something of its own, such as a resource that it exports.
    #[must_use]
    pub fn core_import(mut self, text: &str) -> Self {
        self.core_imports.push_str(text);
        self
    }

    /// With an export of its world: its line in WIT, and the packages and interfaces that the line needs.
    #[must_use]
    pub fn export(mut self, line: &str, packages: &str) -> Self {
        self.exports.push_str(line);
        self.packages.push_str(packages);
        self
    }

    /// With these packages in WIT.
    #[must_use]
    pub fn packages(mut self, wit: &str) -> Self {
        self.packages.push_str(wit);
        self
    }

    /// With these items in its core module.
    #[must_use]
    pub fn items(mut self, text: &str) -> Self {
        self.items.push_str(text);
        self
    }

    /// With this memory in place of its own, exported as `memory`.
    #[must_use]
    pub fn memory(mut self, text: &str) -> Self {
        text.clone_into(&mut self.memory);
        self
    }

    /// Built for this version of the contract.
    #[must_use]
    pub fn contract(mut self, version: &'static str) -> Self {
        self.contract = version;
        self
    }

    /// That calls itself so.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.description.name);
        self
    }

    /// With this version of its own.
    #[must_use]
    pub fn versioned(mut self, version: &str) -> Self {
        version.clone_into(&mut self.description.version);
        self
    }

    /// With this summary.
    #[must_use]
    pub fn summary(mut self, summary: &str) -> Self {
        summary.clone_into(&mut self.description.summary);
        self
    }

    /// That asks for these subscriptions, by their names alone.
    #[must_use]
    pub fn subscribing(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.description.subscriptions.extend(names);
        self
    }

    /// That says that it emits these.
    #[must_use]
    pub fn emitting(mut self, types: impl IntoIterator<Item = String>) -> Self {
        self.description.emits.extend(types);
        self
    }

    /// That has this option in what it says of itself.
    #[must_use]
    pub fn option(mut self, name: &str) -> Self {
        self.description.options.push(name.to_owned());
        self
    }

    /// It as a component, and what is to become of it.
    ///
    /// # Panics
    /// It does not fit its world: a mistake in the corpus.
    #[must_use]
    pub fn expect(self, expect: Expect) -> Guest {
        let mut resolve = Resolve::default();
        let contract = CONTRACT.concat().replace("@0.1.0", &format!("@{}", self.contract));
        resolve.push_str("oyez.wit", &contract).unwrap_or_else(|e| panic!("the contract parses: {e:#}"));
        let imports = self.imports.iter().fold(String::new(), |all, name| format!("{all}import {name};\n"));
        let version = self.contract;
        let exports = format!("export oyez:plugin/plugin-info@{version}; export oyez:plugin/handler@{version}; {}", self.exports);
        let world = format!("{WASI}\n{}\nworld guest {{ {imports} {exports} }}", self.packages);
        let package = resolve.push_str("guest.wit", &world).unwrap_or_else(|e| panic!("{e:#}"));
        let world = resolve.select_world(&[package], Some("guest")).expect("the world is there");
        let mut module = self.module();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the contract is put on");
        let encoder = ComponentEncoder::default().validate(false).module(&module).unwrap_or_else(|e| panic!("{e:#}"));
        Guest::bytes({ encoder }.encode().unwrap_or_else(|e| panic!("{e:#}")), expect)
    }

    fn module(&self) -> Vec<u8> {
        let Self { core_imports, memory, items, describe, realloc, handle, contract, .. } = self;
        // A description that is too large for its place stands behind all else.
        let size = u32::try_from(self.description.at(SAID).len()).expect("a description fits a memory");
        let at = if size < 8192 - SAID { SAID } else { HEAP };
        let heap = if at == HEAP { HEAP + size } else { HEAP };
        let said = escape(&self.description.at(at));
        let (answer, emission) = (escape(&words(&[0, 0, EMISSION, 1])), escape(&words(&[8904, 18])));
        parse(&format!(
            r#"(module
                {core_imports}
                {memory}
                (global $empty i32 (i32.const 8192))
                (global $answer i32 (i32.const {ANSWER}))
                (global $emission i32 (i32.const {EMISSION}))
                (global $free i32 (i32.const 16384))
                (global $heap (mut i32) (i32.const {heap}))
                (func $allocate (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
                    (local $at i32)
                    {realloc}
                    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                    (global.set $heap (i32.add (local.get $at) (local.get $new)))
                    (local.get $at))
                (data (i32.const {at}) "{said}")
                (data (i32.const {ANSWER}) "{answer}")
                (data (i32.const 8904) "hostile.emitted.v1")
                (data (i32.const {EMISSION}) "{emission}")
                (func (export "oyez:plugin/plugin-info@{contract}#describe") (result i32) {describe} i32.const {at})
                (func $handle (export "oyez:plugin/handler@{contract}#handle") (param $args i32) (result i32)
                    (local $i i32) (local $j i32) (local $long i64)
                    {handle})
                {items}
            )"#
        ))
    }
}

impl Description {
    /// Its bytes, to lie from a place on.
    fn at(&self, base: u32) -> Vec<u8> {
        let mut image = Image { base, bytes: vec![0; 48] };
        let subscriptions: Vec<u32> = self.subscriptions.iter().flat_map(|name| [image.text(name), [0; 2], [0; 2]].concat()).collect();
        let emits: Vec<u32> = self.emits.iter().flat_map(|ty| image.text(ty)).collect();
        let options: Vec<u32> = self.options.iter().flat_map(|name| [image.text(name), [0; 2]].concat()).collect();
        let texts = [image.text(&self.name), image.text(&self.version), image.text(&self.summary)];
        let lists = [image.list(&subscriptions, 6), image.list(&emits, 2), image.list(&options, 4)];
        image.bytes[..48].copy_from_slice(&words(&[texts.concat(), lists.concat()].concat()));
        image.bytes
    }
}

/// Bytes that lie from a place on.
struct Image {
    base: u32,
    bytes: Vec<u8>,
}

impl Image {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.base + u32::try_from(self.bytes.len()).expect("a description fits a memory");
        self.bytes.extend_from_slice(bytes);
        at
    }

    fn text(&mut self, text: &str) -> [u32; 2] {
        [self.put(text.as_bytes()), u32::try_from(text.len()).expect("a text fits a memory")]
    }

    fn list(&mut self, elements: &[u32], each: usize) -> [u32; 2] {
        [self.put(&words(elements)), u32::try_from(elements.len() / each).expect("a list fits a memory")]
    }
}

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|e| panic!("{e}\n{}", text.chars().take(4000).collect::<String>()))
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
