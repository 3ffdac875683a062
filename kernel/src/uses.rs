//! `use` declarations, taken apart into what each imports.

use syn::UseTree;

/// What stands at the end of a path in a `use` declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    /// `a::b` gives the name `b`.
    Name,
    /// `a::b as c`
    Renamed(String),
    /// `a::*`; the star is not part of the path.
    Glob,
}

/// Gives every path of a tree with what stands at its end. `use a::{self}` is `use a`.
pub fn leaves(tree: &UseTree, found: &mut impl FnMut(&[String], Leaf)) {
    walk(tree, &mut Vec::new(), found);
}

fn walk(tree: &UseTree, path: &mut Vec<String>, found: &mut impl FnMut(&[String], Leaf)) {
    let (ident, leaf) = match tree {
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            walk(&step.tree, path, found);
            path.pop();
            return;
        }
        UseTree::Group(group) => return group.items.iter().for_each(|tree| walk(tree, path, found)),
        UseTree::Glob(_) => return found(path, Leaf::Glob),
        UseTree::Name(leaf) => (&leaf.ident, Leaf::Name),
        UseTree::Rename(leaf) => (&leaf.ident, Leaf::Renamed(leaf.rename.to_string())),
    };
    if ident == "self" && !path.is_empty() {
        return found(path, leaf);
    }
    path.push(ident.to_string());
    found(path, leaf);
    path.pop();
}
