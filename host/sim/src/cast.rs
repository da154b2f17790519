//! Who is there: plugins and their subscriptions, as the operator wants them. Outlives every process, as the plugin folder does.

use fastrand::Rng;
use oyez_model::{
    Backoff, Filter, Limits, OnDead, OnReturn, Ordering, PluginName, Sequence, Start, SubscriptionId, SubscriptionName, SubscriptionSpec, Version,
};
use std::time::Duration;

/// A plugin.
#[derive(Debug)]
pub(crate) struct Plugin {
    pub(crate) name: PluginName,
    build: u32,
    /// It keeps state.
    pub(crate) state: bool,
    pub(crate) limits: Limits,
    /// Every run of it fails just now.
    pub(crate) down: bool,
}

/// A subscription.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) plugin: usize,
    pub(crate) id: SubscriptionId,
    pub(crate) spec: SubscriptionSpec,
    /// By what it runs with just now.
    pub(crate) on_dead: OnDead,
    /// It is to run.
    pub(crate) installed: bool,
    /// It was there in this process, and went.
    pub(crate) gone: bool,
    /// It is being taken up.
    pub(crate) busy: bool,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) plugins: Vec<Plugin>,
    pub(crate) members: Vec<Member>,
}

/// One of several.
pub(crate) fn one_of<T: Clone>(random: &mut Rng, of: &[T]) -> T {
    of[random.usize(..of.len())].clone()
}

/// Which events: what producers send is `t0` to `t2`, what handlers emit `e1` to `e3`.
pub(crate) fn filters(random: &mut Rng) -> Vec<Filter> {
    let (dialect, value) = one_of(random, &[("", ""), ("exact", "t0"), ("exact", "t1"), ("exact", "e1"), ("prefix", "t"), ("prefix", "e")]);
    let filter = || Filter::new(dialect, vec![("type".to_owned(), value.to_owned())]).expect("a filter");
    if dialect.is_empty() { Vec::new() } else { vec![filter()] }
}

pub(crate) fn ordering(random: &mut Rng) -> Ordering {
    one_of(random, &[Ordering::Key, Ordering::Key, Ordering::None, Ordering::Total])
}

pub(crate) fn on_dead(random: &mut Rng) -> OnDead {
    one_of(random, &[OnDead::Park, OnDead::Park, OnDead::Park, OnDead::Continue])
}

fn spec(random: &mut Rng, name: &str) -> SubscriptionSpec {
    let mut spec = SubscriptionSpec::new(SubscriptionName::new(name).expect("a name"), filters(random));
    spec.ordering = ordering(random);
    spec.concurrency = random.usize(1..5);
    spec.start = one_of(random, &[Start::Beginning, Start::New, Start::At(Sequence(3))]);
    spec.on_dead = on_dead(random);
    spec.on_return = one_of(random, &[OnReturn::Resume, OnReturn::New]);
    spec.retry.attempts = one_of(random, &[1, 1, 2, 3, 4]);
    spec.retry.backoff = one_of(random, &[Backoff::Exponential, Backoff::Linear, Backoff::Constant]);
    spec.retry.delay = Duration::from_millis(random.u64(1..20));
    spec.retry.delay_max = spec.retry.delay * random.u32(1..10);
    spec
}

impl Cast {
    pub(crate) fn new(random: &mut Rng) -> Self {
        let plugin = |random: &mut Rng, i: usize| {
            let mut limits = Limits::default();
            if random.u8(..6) == 0 {
                limits.state_bytes = 60;
            }
            let name = PluginName::new(&format!("p{i}")).expect("a name");
            Plugin { name, build: 0, state: random.u8(..4) > 0, limits, down: false }
        };
        let plugins: Vec<_> = (0..random.usize(1..3)).map(|i| plugin(random, i)).collect();
        let member = |random: &mut Rng, i: usize| {
            let plugin = random.usize(..plugins.len());
            let id = SubscriptionId { plugin: plugins[plugin].name.clone(), name: SubscriptionName::new(&format!("on-{i}")).expect("a name") };
            let spec = spec(random, id.name.as_str());
            Member { plugin, id, on_dead: spec.on_dead, spec, installed: random.u8(..5) > 0, gone: false, busy: false }
        };
        let members = (0..random.usize(1..5)).map(|i| member(random, i)).collect();
        Self { plugins, members }
    }

    /// Who has this name: they are told apart by it across plugins.
    pub(crate) fn named(&self, name: &SubscriptionName) -> &Member {
        self.members.iter().find(|member| member.id.name == *name).expect("who runs is of the cast")
    }

    pub(crate) fn version(&self, plugin: usize) -> Version {
        Version::of(&self.plugins[plugin].build.to_be_bytes())
    }

    /// Another build of a plugin, which may have no use for state any more.
    pub(crate) fn rebuild(&mut self, random: &mut Rng, plugin: usize) {
        let plugin = &mut self.plugins[plugin];
        plugin.build += 1;
        plugin.state ^= random.u8(..4) == 0;
    }

    /// The process is gone: whoever comes next knows nothing of who went.
    pub(crate) fn forget(&mut self) {
        for member in &mut self.members {
            (member.gone, member.busy) = (false, false);
        }
    }
}
