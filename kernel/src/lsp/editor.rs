//! What a language server wants to know of an editor, as this one answers it: its abilities, its settings, its requests.

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use lsp_server::{Notification, Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// rust-analyzer tells when it has read the project. <https://rust-analyzer.github.io/book/contributing/lsp-extensions.html#server-status>
pub fn is_quiescent(notification: &Notification) -> bool {
    #[derive(Deserialize)]
    struct Status {
        quiescent: bool,
    }
    notification.method == "experimental/serverStatus"
        && Status::deserialize(&notification.params).is_ok_and(|status| status.quiescent)
}

/// The answer to what a server asks of an editor: nothing is set, everything is done.
pub fn acknowledged(request: Request) -> Response {
    let items = request.params["items"].as_array().map(|items| vec![Value::Null; items.len()]);
    Response { id: request.id, response_result: Ok(items.map_or(Value::Null, Value::Array)) }
}

/// What this client understands.
pub fn capabilities() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-8", "utf-32", "utf-16"]},
        // That somebody watches the files: the library does not change, and the server need not look.
        "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}},
        "textDocument": {
            "completion": {
                "completionItem": {
                    "snippetSupport": false,
                    "labelDetailsSupport": true,
                    "resolveSupport": {"properties": ["documentation"]},
                },
            },
            "hover": {"contentFormat": ["markdown"]},
            "signatureHelp": {
                "signatureInformation": {
                    "documentationFormat": ["markdown"],
                    "parameterInformation": {"labelOffsetSupport": true},
                    "activeParameterSupport": true,
                },
            },
        },
        "experimental": {"serverStatusNotification": true},
    })
}

/// rust-analyzer's settings: no work besides answers. <https://rust-analyzer.github.io/book/configuration.html>
pub fn options(project: &Path) -> Value {
    json!({
        "linkedProjects": [project],
        "cachePriming": {"enable": false},
        "cargo": {"buildScripts": {"enable": false}},
        "checkOnSave": false,
        "diagnostics": {"enable": false},
        "numThreads": 1,
        "procMacro": {"enable": true},
        "completion": {
            "autoimport": {"enable": false},
            "callable": {"snippets": "none"},
            "fullFunctionSignatures": {"enable": true},
            "postfix": {"enable": false},
        },
        "hover": {
            "actions": {"enable": false},
            "links": {"enable": false},
            "memoryLayout": {"enable": false},
            // Not the private fields of a library's types.
            "show": {"fields": null},
        },
        "lens": {"enable": false},
    })
}

/// The address of a file: `file:///…`
pub fn uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
