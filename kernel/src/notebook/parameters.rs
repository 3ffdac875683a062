//! Parameters of a run, as in papermill: values given on the command line override the cell tagged `parameters`.

use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Item, Lit, Pat, Stmt};

use super::{Cell, Notebook};

/// Tag of the cell that declares the parameters with their defaults.
pub const PARAMETERS: &str = "parameters";
/// Tag of the cell that a run inserts after it.
pub const INJECTED: &str = "injected-parameters";

/// One `name=value` of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub value: String,
}

/// What can be wrong with parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    #[error("expected NAME=VALUE, found `{0}`")]
    Form(String),
    #[error("the notebook has no cell tagged `parameters`: tag the cell that holds `let {0} = …;`")]
    NoCell(String),
    #[error("the cell tagged `parameters` declares no `{name}`; it declares {declared}")]
    NoSuchName { name: String, declared: String },
    #[error("the cell tagged `parameters` is not valid Rust: {0}")]
    Syntax(String),
    #[error("`{value}` is not a Rust expression (parameter `{name}`)")]
    Value { name: String, value: String },
}

impl std::str::FromStr for Parameter {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || ParameterError::Form(text.to_owned());
        let (name, value) = text.split_once('=').ok_or_else(form)?;
        let (name, value) = (name.trim(), value.trim());
        if syn::parse_str::<syn::Ident>(name).is_err() || value.is_empty() {
            return Err(form());
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

/// A `let` or `const` of the parameters cell.
struct Declaration {
    /// `let`, `let mut` or `const`.
    keyword: &'static str,
    name: String,
    /// As written; empty where there is none.
    ty: String,
    default: Option<Expr>,
}

/// Inserts a cell with the given values after the cell tagged `parameters`; a cell injected by an earlier run goes.
///
/// ```
/// # use ferrolab_kernel::notebook::{Cell, Notebook, parameters};
/// # let json = r#"{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#;
/// let mut notebook: Notebook = serde_json::from_str(json)?;
/// let mut cell = Cell::code("let epochs = 10;\nlet rate = 1e-3;");
/// cell.metadata.insert("tags".into(), vec!["parameters"].into());
/// notebook.cells.push(cell);
/// parameters::inject(&mut notebook, &["epochs=1".parse()?])?;
/// assert_eq!(notebook.cells[1].source, "// Parameters of this run\nlet epochs = 1;");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inject(notebook: &mut Notebook, given: &[Parameter]) -> Result<(), ParameterError> {
    let Some(first) = given.first() else { return Ok(()) };
    let position = notebook.cells.iter().position(|cell| cell.is_code() && cell.has_tag(PARAMETERS));
    let position = position.ok_or_else(|| ParameterError::NoCell(first.name.clone()))?;
    let declarations = declarations(&notebook.cells[position].source)?;

    let mut lines = vec!["// Parameters of this run".to_owned()];
    for Parameter { name, value } in given {
        // The last declaration of a name is the one that later cells see.
        let declaration = declarations.iter().rev().find(|declaration| declaration.name == *name);
        let declaration = declaration.ok_or_else(|| no_such_name(name, &declarations))?;
        lines.push(declaration.with(declaration.value(value)?));
    }

    let mut cell = Cell::code(lines.join("\n"));
    cell.id = Some(notebook.free_id(INJECTED));
    cell.metadata.insert("tags".into(), vec![INJECTED].into());
    notebook.cells.insert(position + 1, cell);
    let mut index = 0;
    notebook.cells.retain(|cell| {
        index += 1;
        index == position + 2 || !cell.has_tag(INJECTED)
    });
    Ok(())
}

impl Declaration {
    fn with(&self, value: String) -> String {
        let Self { keyword, name, ty, .. } = self;
        if ty.is_empty() {
            format!("{keyword} {name} = {value};")
        } else {
            format!("{keyword} {name}: {ty} = {value};")
        }
    }

    /// The given text as an expression of the kind that the default has: a bare word becomes a string where the default
    /// is one, `1` becomes `1.0` where the default is a float.
    fn value(&self, given: &str) -> Result<String, ParameterError> {
        let default = match &self.default {
            Some(Expr::Lit(ExprLit { lit, .. })) => Some(lit),
            _ => None,
        };
        let parsed = syn::parse_str::<Expr>(given);
        if matches!(default, Some(Lit::Str(_))) && !is_string(&parsed) {
            return Ok(format!("{given:?}"));
        }
        if parsed.is_err() {
            return Err(ParameterError::Value { name: self.name.clone(), value: given.to_owned() });
        }
        let whole = given
            .strip_prefix('-')
            .unwrap_or(given)
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_');
        let float = match self.ty.as_str() {
            "" => matches!(default, Some(Lit::Float(_))),
            ty => matches!(ty, "f32" | "f64"),
        };
        Ok(if whole && float { format!("{given}.0") } else { given.to_owned() })
    }
}

fn is_string(parsed: &syn::Result<Expr>) -> bool {
    match parsed {
        Ok(Expr::Lit(literal)) => matches!(literal.lit, Lit::Str(_)),
        // `format!("…")`, `"a".to_owned()`, `String::from("a")`
        Ok(expression) => matches!(expression, Expr::Macro(_) | Expr::MethodCall(_) | Expr::Call(_)),
        Err(_) => false,
    }
}

fn no_such_name(name: &str, declarations: &[Declaration]) -> ParameterError {
    let names: Vec<_> = declarations.iter().map(|declaration| format!("`{}`", declaration.name)).collect();
    let declared = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    ParameterError::NoSuchName { name: name.to_owned(), declared }
}

fn declarations(source: &str) -> Result<Vec<Declaration>, ParameterError> {
    let statements = syn::Block::parse_within
        .parse_str(source)
        .map_err(|error| ParameterError::Syntax(error.to_string()))?;
    Ok(statements.iter().filter_map(declaration).collect())
}

fn declaration(statement: &Stmt) -> Option<Declaration> {
    match statement {
        Stmt::Local(local) => {
            let (pattern, ty) = match &local.pat {
                Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
                pattern => (pattern, None),
            };
            let Pat::Ident(ident) = pattern else { return None };
            Some(Declaration {
                keyword: if ident.mutability.is_some() { "let mut" } else { "let" },
                name: ident.ident.to_string(),
                ty: ty.map(written).unwrap_or_default(),
                default: local.init.as_ref().map(|init| (*init.expr).clone()),
            })
        }
        Stmt::Item(Item::Const(item)) => Some(Declaration {
            keyword: "const",
            name: item.ident.to_string(),
            ty: written(&*item.ty),
            default: Some((*item.expr).clone()),
        }),
        _ => None,
    }
}

/// The text of a node as the user wrote it.
fn written(node: &impl Spanned) -> String {
    node.span().source_text().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injected(parameters: &str, given: &[&str]) -> Result<String, ParameterError> {
        let mut notebook: Notebook =
            serde_json::from_str(r#"{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#)
                .unwrap();
        let mut cell = Cell::code(parameters);
        cell.metadata.insert("tags".into(), vec![PARAMETERS].into());
        notebook.cells = vec![Cell::code("1"), cell, Cell::code("2")];
        let given: Vec<Parameter> = given.iter().map(|text| text.parse().unwrap()).collect();
        inject(&mut notebook, &given)?;
        // A second run replaces the cell of the first.
        inject(&mut notebook, &given)?;
        assert_eq!(notebook.cells.len(), 4);
        assert_eq!(notebook.cells[3].source, "2");
        assert!(notebook.cells[2].has_tag(INJECTED));
        Ok(notebook.cells[2].source.lines().skip(1).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn values_keep_the_form_of_their_declaration() {
        let cell = "// how long\nlet mut epochs: usize = 10; let rate = 1e-3;\nconst NAME: &str = \"cnn\";\nlet path = \"a b\";";
        let given = ["epochs=2", "rate=1", "NAME=big cnn", r#"path="c""#];
        let expected =
            r#"let mut epochs: usize = 2; let rate = 1.0; const NAME: &str = "big cnn"; let path = "c";"#;
        assert_eq!(injected(cell, &given).unwrap(), expected);
        assert_eq!(injected("let rate: f64 = f64::NAN;", &["rate=-3"]).unwrap(), "let rate: f64 = -3.0;");
        assert_eq!(
            injected("let sizes: Vec<usize> = vec![];", &["sizes=vec![1, 2]"]).unwrap(),
            "let sizes: Vec<usize> = vec![1, 2];"
        );
    }

    #[test]
    fn a_name_that_is_not_declared_is_an_error_that_lists_the_names() {
        let error = injected("let epochs = 10; let rate = 0.1;", &["epoch=1"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the cell tagged `parameters` declares no `epoch`; it declares `epochs`, `rate`"
        );
    }

    #[test]
    fn a_value_that_is_no_expression_is_refused() {
        let error = injected("let epochs = 10;", &["epochs=3; panic!()"]).unwrap_err();
        assert!(matches!(error, ParameterError::Value { .. }), "{error}");
        assert!("epochs".parse::<Parameter>().is_err());
        assert!("1x=3".parse::<Parameter>().is_err());
    }
}
