//! How many types the core modules of a component have, before anything is compiled for them.

use wasmparser::{ComponentType, ComponentTypeDeclaration, CoreType, InstanceTypeDeclaration, ModuleTypeDeclaration, Parser, Payload};

/// The most of them. wasmtime keeps those of all components together, and adds those of one under a lock: some 1.5 ms for each thousand,
/// in which no attempt of anybody begins. Python with its libraries has 1,100.
pub(crate) const TYPES_MAX: usize = 4096;

/// Checks that they are not too many. Where the bytes cannot be read it says nothing: a compiler says why.
///
/// # Errors
/// They are.
pub(super) fn check(wasm: &[u8]) -> Result<(), String> {
    let mut total = 0;
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        total += match payload {
            Payload::TypeSection(groups) => groups.into_iter().map_while(Result::ok).map(|group| group.types().len()).sum::<usize>(),
            Payload::CoreTypeSection(types) => types.into_iter().map_while(Result::ok).map(|core| of_core(&core)).sum(),
            Payload::ComponentTypeSection(types) => types.into_iter().map_while(Result::ok).map(|component| of_component(&component)).sum(),
            _ => 0,
        };
        if total > TYPES_MAX {
            return Err(format!("{}: its modules have over {TYPES_MAX} types, which is the limit", super::UNFIT));
        }
    }
    Ok(())
}

fn of_core(core: &CoreType<'_>) -> usize {
    match core {
        CoreType::Rec(group) => group.types().len(),
        CoreType::Module(declared) => declared.iter().map(in_module).sum(),
    }
}

fn in_module(declared: &ModuleTypeDeclaration<'_>) -> usize {
    match declared {
        ModuleTypeDeclaration::Type(group) => group.types().len(),
        _ => 0,
    }
}

fn of_component(component: &ComponentType<'_>) -> usize {
    match component {
        ComponentType::Component(declared) => declared.iter().map(in_component).sum(),
        ComponentType::Instance(declared) => declared.iter().map(in_instance).sum(),
        _ => 0,
    }
}

fn in_component(declared: &ComponentTypeDeclaration<'_>) -> usize {
    match declared {
        ComponentTypeDeclaration::CoreType(core) => of_core(core),
        ComponentTypeDeclaration::Type(component) => of_component(component),
        _ => 0,
    }
}

fn in_instance(declared: &InstanceTypeDeclaration<'_>) -> usize {
    match declared {
        InstanceTypeDeclaration::CoreType(core) => of_core(core),
        InstanceTypeDeclaration::Type(component) => of_component(component),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        check(&wat::parse_str(text).unwrap()).is_err()
    }

    #[test]
    fn types_count_wherever_they_are() {
        let types = |count: usize| "(type (func))".repeat(count);
        let (half, rest) = (types(TYPES_MAX / 2), types(TYPES_MAX - TYPES_MAX / 2));
        let core = |types: &str| types.replace("(type", "(core type");
        assert!(!refused(&format!("(component (core module {half}) (component (core module {rest})))")));
        assert!(refused(&format!("(component (core module {half}) (component (core module {rest} (type (func)))))")));
        assert!(refused(&format!("(component (core module {half}) {} (core type (func)))", core(&rest))));
        assert!(refused(&format!("(component (core module {half}) (core type (module {rest} (type (func)))))")));
        let nested = |kind| format!("(component (core module {half}) (type ({kind} (type (component {} (core type (func)))))))", core(&rest));
        assert!(refused(&nested("component")) && refused(&nested("instance")));
        assert!(refused(&format!("(component (core module (rec {} (type (func)))))", types(TYPES_MAX))));
    }

    #[test]
    fn what_cannot_be_read_is_left_to_the_compiler() {
        assert_eq!(check(b"\0asm\x0d\0\x01\0\x01\x05garbage"), Ok(()));
    }
}
