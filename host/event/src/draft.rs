//! An event on its way in: attributes as they come, in any order, until all are there.

use crate::invalid::{Invalid, quoted};
use crate::{AttributeValue, Event, Time, check};
use std::borrow::Cow;

/// Core attributes by their place in [`Draft::core`].
const CORE: [&str; 8] = ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"];

/// The attributes that have come so far. One that is null has come, and is absent.
#[derive(Default)]
pub(crate) struct Draft<'a> {
    core: [Option<Option<Cow<'a, str>>>; CORE.len()],
    /// Sorted by name.
    extensions: Vec<(Cow<'a, str>, Option<AttributeValue>)>,
}

/// Which attribute a name stands for.
pub(crate) enum Slot {
    Core(usize),
    Extension,
}

impl Slot {
    pub(crate) fn of(name: &str) -> Self {
        CORE.iter().position(|core| *core == name).map_or(Self::Extension, Self::Core)
    }
}

impl<'a> Draft<'a> {
    /// Takes a core attribute in its string form.
    pub(crate) fn put_core(&mut self, at: usize, value: Option<Cow<'a, str>>) -> Result<(), Invalid> {
        match self.core[at].replace(value) {
            None => Ok(()),
            Some(_) => Err(Invalid::Duplicate { name: CORE[at].to_owned() }),
        }
    }

    /// Takes an extension attribute.
    pub(crate) fn put_extension(&mut self, name: Cow<'a, str>, value: Option<AttributeValue>) -> Result<(), Invalid> {
        check::extension_name(&name)?;
        let Err(at) = self.extensions.binary_search_by(|(have, _)| have.cmp(&name)) else {
            return Err(Invalid::Duplicate { name: name.into_owned() });
        };
        let value = value.map(|value| check::extension_value(&name, value)).transpose()?;
        self.extensions.insert(at, (name, value));
        check::extension_count(self.extensions.len())
    }

    /// The event, still without data.
    pub(crate) fn finish(self) -> Result<Event, Invalid> {
        let [specversion, id, source, ty, subject, time, datacontenttype, dataschema] = self.core.map(Option::flatten);
        let specversion = required("specversion", specversion)?;
        if specversion != "1.0" {
            return Err(Invalid::SpecVersion { value: quoted(&specversion) });
        }
        let mut event = Event::new(required("id", id)?, required("source", source)?, required("type", ty)?)?;
        if let Some(subject) = subject {
            event = event.with_subject(subject)?;
        }
        if let Some(time) = time {
            event = event.with_time(Time::parse(&time)?)?;
        }
        if let Some(datacontenttype) = datacontenttype {
            event = event.with_datacontenttype(datacontenttype)?;
        }
        if let Some(dataschema) = dataschema {
            event = event.with_dataschema(dataschema)?;
        }
        let extensions = self.extensions.into_iter().filter_map(|(name, value)| Some((name.into_owned(), value?)));
        event.with_extensions(extensions.collect())
    }
}

fn required<'a>(name: &'static str, value: Option<Cow<'a, str>>) -> Result<Cow<'a, str>, Invalid> {
    value.ok_or(Invalid::Missing { name })
}
