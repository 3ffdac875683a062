//! What is known of one name: its kind, its declaration, its documentation, and the members of a type.

use serde::{Deserialize, Serialize};

/// What a name names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    Module,
    #[default]
    Struct,
    Enum,
    Union,
    Trait,
    Alias,
    Const,
    Static,
    Function,
    Macro,
    /// A function with `self`.
    Method,
    Field,
    Variant,
}

impl Kind {
    /// JupyterLab's word for it, which decides colour and letter beside the name.
    pub fn jupyter(self) -> &'static str {
        match self {
            Kind::Module => "module",
            Kind::Struct | Kind::Enum | Kind::Union | Kind::Alias => "class",
            Kind::Trait => "interface",
            Kind::Const | Kind::Static => "constant",
            Kind::Function => "function",
            Kind::Macro => "macro",
            Kind::Method => "method",
            Kind::Field => "property",
            Kind::Variant => "enum",
        }
    }

    pub fn is_type(self) -> bool {
        matches!(self, Kind::Struct | Kind::Enum | Kind::Union | Kind::Trait | Kind::Alias)
    }
}

/// Documentation in Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Docs {
    Text(Box<str>),
    /// In the file of texts: first byte and length.
    Stored(u32, u32),
}

impl Docs {
    pub fn is_empty(&self) -> bool {
        matches!(self, Docs::Text(text) if text.is_empty())
    }
}

impl Default for Docs {
    fn default() -> Self {
        Docs::Text("".into())
    }
}

/// One name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    #[serde(rename = "n")]
    pub name: Box<str>,
    #[serde(rename = "k")]
    pub kind: Kind,
    /// On one line, without body: `pub fn lazy(self) -> LazyFrame`.
    #[serde(rename = "d")]
    pub declaration: Box<str>,
    #[serde(rename = "t", default, skip_serializing_if = "Docs::is_empty")]
    pub docs: Docs,
    /// A path by which a cell reaches it; empty for members and for what cells define.
    #[serde(rename = "p", default, skip_serializing_if = "str::is_empty")]
    pub path: Box<str>,
    /// For types and traits.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Box<Class>>,
    /// For what a cell defines: where, and all of its text.
    #[serde(skip)]
    pub source: Option<Box<Source>>,
}

/// What there is to know of a type or a trait besides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Names of its type and const parameters, in order.
    pub parameters: Vec<Box<str>>,
    pub blocks: Vec<Block>,
    /// The traits implemented for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traits: Vec<Implemented>,
    /// What `Deref` leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deref: Option<Box<str>>,
}

/// Members that stand together: fields, variants, or those of one `impl`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The type as the `impl` writes it: `Tensor<(N, Const<C>)>`.
    pub of: Box<str>,
    pub members: Vec<Entry>,
}

/// `impl Trait for Type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Implemented {
    /// The last word of the trait's path.
    pub name: Box<str>,
    /// The associated types that it sets: name and type.
    pub types: Vec<(Box<str>, Box<str>)>,
}

/// Where a cell defines something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub cell: Option<u32>,
    pub text: Box<str>,
}

impl Entry {
    /// The members that it declares itself.
    pub fn members(&self) -> impl Iterator<Item = &Entry> {
        self.class.iter().flat_map(|class| &class.blocks).flat_map(|block| &block.members)
    }

    /// Whether it only holds what is implemented for a type that is defined elsewhere.
    pub fn is_placeholder(&self) -> bool {
        self.declaration.is_empty()
    }

    pub fn class_mut(&mut self) -> &mut Class {
        self.class.get_or_insert_with(Box::default)
    }
}
