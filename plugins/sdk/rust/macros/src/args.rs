//! What stands in the brackets of `#[handler(…)]`, checked as far as it can be before the plugin is loaded.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Result, Token, parenthesized};

const KNOWN: &str = "`on`, `name`, `emits`, `exact(…)`, `prefix(…)`, `suffix(…)`, `sql(…)`, `json(…)` and `options(…)`";

/// The arguments. Values are expressions, so that a constant will do.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) emits: Vec<Expr>,
    pub(crate) options: Vec<(String, String)>,
}

/// One filter, as the contract has it.
pub(crate) enum Filter {
    /// `Exact`, `Prefix` or `Suffix`; the attribute; the value.
    Attribute(&'static str, String, Expr),
    /// `Sql` or `Json`; the expression.
    Expression(&'static str, Expr),
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            args.take(&key, input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

impl Args {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "on" => {
                input.parse::<Token![=]>()?;
                self.filters.push(Filter::Attribute("Exact", "type".to_owned(), value(input)?));
            }
            "name" => {
                input.parse::<Token![=]>()?;
                let name: LitStr = input.parse()?;
                self.name = Some(check_name(&name.value(), name.span())?);
            }
            "emits" => {
                input.parse::<Token![=]>()?;
                match value(input)? {
                    Expr::Array(several) => self.emits.extend(several.elems),
                    one => self.emits.push(one),
                }
            }
            "exact" => self.attributes("Exact", input)?,
            "prefix" => self.attributes("Prefix", input)?,
            "suffix" => self.attributes("Suffix", input)?,
            "sql" => self.expression("Sql", input)?,
            "json" => self.expression("Json", input)?,
            "options" => self.options(input)?,
            other => {
                return Err(Error::new(key.span(), format!("a handler knows no `{other}`: it knows {KNOWN}")));
            }
        }
        Ok(())
    }

    /// `(type = "shop.", source = SHOP)`: a filter each.
    fn attributes(&mut self, dialect: &'static str, input: ParseStream<'_>) -> Result<()> {
        let inner;
        parenthesized!(inner in input);
        while !inner.is_empty() {
            let name = inner.call(Ident::parse_any)?;
            let text = name.to_string();
            if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
                return Err(Error::new(name.span(), format!("`{text}` is no attribute: their names have the letters a to z and digits only")));
            }
            inner.parse::<Token![=]>()?;
            self.filters.push(Filter::Attribute(dialect, text, value(&inner)?));
            if !inner.is_empty() {
                inner.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    /// `("type LIKE 'shop.%'")`.
    fn expression(&mut self, dialect: &'static str, input: ParseStream<'_>) -> Result<()> {
        let inner;
        parenthesized!(inner in input);
        self.filters.push(Filter::Expression(dialect, value(&inner)?));
        inner.is_empty().then_some(()).ok_or_else(|| inner.error("one expression only"))
    }

    /// `(ordering = "none", retry.attempts = 3)`.
    fn options(&mut self, input: ParseStream<'_>) -> Result<()> {
        let inner;
        parenthesized!(inner in input);
        while !inner.is_empty() {
            let path = Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(&inner, Ident::parse_any)?;
            let name = path.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
            inner.parse::<Token![=]>()?;
            let text = match inner.parse::<Lit>()? {
                Lit::Str(text) => text.value(),
                Lit::Int(number) => number.base10_digits().to_owned(),
                other => {
                    return Err(Error::new(other.span(), "an option takes a string or a whole number"));
                }
            };
            self.options.push((name, text));
            if !inner.is_empty() {
                inner.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }
}

/// A string, or a constant that is one.
fn value(input: ParseStream<'_>) -> Result<Expr> {
    let expr: Expr = input.parse()?;
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &expr
        && text.value().is_empty()
    {
        return Err(Error::new(text.span(), "this is empty, and nothing matches it: say what it should be"));
    }
    Ok(expr)
}

/// A subscription's name, as the host takes it.
pub(crate) fn check_name(name: &str, span: Span) -> Result<String> {
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    let rest = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if first && rest && name.len() <= 63 {
        Ok(name.to_owned())
    } else {
        let why = format!("`{name}` is no name: use a letter or digit, then at most 62 of letters, digits, `.`, `_` and `-`");
        Err(Error::new(span, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_in_any_order() {
        let text = r#"emits = ["a.b", C], prefix(type = "a.", source = S), name = "all-a", sql("x"), options(retry.attempts = 3, ordering = "none"), on = D,"#;
        let args: Args = syn::parse_str(text).expect("arguments");
        assert_eq!((args.name.as_deref(), args.emits.len(), args.filters.len()), (Some("all-a"), 2, 4));
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(args.options, [pair("retry.attempts", "3"), pair("ordering", "none")]);
    }

    #[test]
    fn a_bad_argument_is_refused_with_the_reason() {
        for (text, why) in [
            (r#"when = "a""#, "knows no `when`"),
            (r#"on = """#, "this is empty"),
            (r#"name = "a b""#, "is no name"),
            (r#"exact(Type = "a")"#, "is no attribute"),
            ("options(ordering = 1.5)", "a string or a whole number"),
            (r#"sql("a", "b")"#, "one expression only"),
            (r#"on = "a" name = "b""#, "expected `,`"),
        ] {
            let error = syn::parse_str::<Args>(text).err().expect(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
