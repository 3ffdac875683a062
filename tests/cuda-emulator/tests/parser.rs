//! What the parser accepts, what it refuses, and in which words.

use ferrolab_cuda_emulator::{Argument, Device, Launch, Module, PtxError};
use proptest::prelude::*;

const HEAD: &str = ".version 7.8\n.target sm_60\n.address_size 64\n";
const ADD: &str = include_str!("driver/add.ptx");

fn refused(body: &str) -> PtxError {
    Module::parse(&format!(
        "{HEAD}.entry k(.param .u64 data) {{ .reg .b32 %r<4>; .reg .b64 %l<4>;\n{body}\nret; }}"
    ))
    .unwrap_err()
}

#[test]
fn a_module_tells_its_version_target_kernels_and_parameters() {
    let module = Module::parse(ADD).unwrap();
    assert_eq!((module.version, module.target), (78, 60));
    let kernel = module.kernel("add").unwrap();
    let places: Vec<_> =
        kernel.parameters.iter().map(|parameter| (parameter.offset, parameter.size)).collect();
    assert_eq!(places, [(0, 4), (8, 8), (16, 8), (24, 8)]);
    assert!(module.kernel("sub").is_none());
}

#[test]
fn an_unknown_instruction_is_refused_with_its_line_and_text() {
    let error = refused("frobnicate.b32 %r1, %r2;");
    assert_eq!(error.line, 5);
    assert_eq!(error.text, "frobnicate.b32 %r1, %r2;");
    assert!(error.reason.contains("`frobnicate` is not known"), "{error}");
}

#[test]
fn what_is_not_understood_is_never_skipped() {
    for (body, reason) in [
        ("add.odd.s32 %r1, %r2, %r3;", ".odd is not supported"),
        ("add.s32 %r1, %r2;", "takes 2"),
        ("add.s32 %r9, %r1, %r2;", "`%r9` is not declared"),
        ("add.s32 %r1, %r2, %r9;", "not declared"),
        ("ld.global.u32 %r1, [missing];", "`missing` is not declared"),
        ("bra NOWHERE;", "NOWHERE is not there"),
        ("call.uni outside;", "is not in this module"),
        ("shfl.down.b32 %r1, %r2, 1, 31;", "without .sync"),
        ("mma.sync.aligned.m16n8k8 %r1, %r2;", "not known"),
        ("{ add.s32 %r1, %r2, %r3", "never closed"),
        ("} add.s32 %r1, %r2, %r3;", ""),
        (".reg .b32 %q<99999999>;", "too many registers"),
        ("add.f32 %r1, %r2, 1;", "float"),
        ("L: L:", "twice"),
    ] {
        let error = refused(body);
        assert!(error.to_string().contains(reason), "{body}: {error}");
    }
    assert!(Module::parse("int main() {}").is_err());
    assert!(Module::parse("").unwrap_err().reason.contains(".version"));
    let narrow = HEAD.replace("64", "32");
    assert!(Module::parse(&narrow).unwrap_err().reason.contains("64 bits"));
}

fn run(declarations: &str, body: &str, arguments: &[Argument]) -> Vec<u32> {
    let module =
        Module::parse(&format!("{HEAD}{declarations}\n{body}")).unwrap_or_else(|error| panic!("{error}"));
    let mut device = Device::new(module);
    let out = device.upload(&[0u32; 8]);
    let arguments = [&[Argument::U64(out)], arguments].concat();
    device.launch("k", &Launch::default(), &arguments).unwrap_or_else(|fault| panic!("{fault}"));
    device.download(out, 8).unwrap()
}

#[test]
fn variables_have_first_values_and_addresses_of_others() {
    let declarations = ".global .align 4 .u32 numbers[3] = {10, 0x14, -1};\n.const .align 4 .f32 half[2] = {0f3f000000, 1.5};
        .global .align 8 .u64 pointer = generic(numbers)+4;\n.global .u32 zero;";
    let body = ".entry k(.param .u64 out) { .reg .b32 %r<8>; .reg .b64 %l<8>; ld.param.u64 %l1, [out];
        ld.global.u64 %l2, [pointer]; ld.u32 %r1, [%l2]; st.global.u32 [%l1], %r1;
        ld.global.u32 %r2, [numbers+8]; st.global.u32 [%l1+4], %r2;
        ld.const.u32 %r3, [half+4]; st.global.u32 [%l1+8], %r3;
        mov.u64 %l3, zero; ld.global.u32 %r4, [%l3]; st.global.u32 [%l1+12], %r4; ret; }";
    assert_eq!(run(declarations, body, &[])[..4], [20, u32::MAX, 1.5f32.to_bits(), 0]);
}

#[test]
fn structures_are_passed_by_value() {
    let body = ".visible .entry k(.param .u64 out, .param .align 4 .b8 shape[12], .param .u8 small) {
        .reg .b32 %r<8>; .reg .b16 %h<2>; .reg .b64 %l<8>; ld.param.u64 %l1, [out];
        ld.param.u32 %r1, [shape+4]; st.global.u32 [%l1], %r1; ld.param.u8 %h1, [small]; cvt.u32.u16 %r2, %h1;
        st.global.u32 [%l1+4], %r2;
        mov.b64 %l2, shape; ld.param.u32 %r3, [%l2+8]; st.global.u32 [%l1+8], %r3; ret; }";
    let shape = [1u32, 2, 3].iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(run("", body, &[Argument::Bytes(shape), Argument::Bytes(vec![9])])[..3], [2, 9, 3]);
}

#[test]
fn device_functions_are_expanded_where_they_are_called() {
    let function = ".func (.param .b32 result) larger(.param .b32 a, .param .b32 b) {
        .reg .b32 %r<4>; .reg .pred %p<2>; ld.param.b32 %r1, [a]; ld.param.b32 %r2, [b]; setp.gt.u32 %p1, %r1, %r2;
        @%p1 bra FIRST; st.param.b32 [result+0], %r2; ret; FIRST: st.param.b32 [result+0], %r1; ret; }";
    let call = |a: u32, b: u32, at: u32| {
        format!(
            "{{ .param .b32 p0; st.param.b32 [p0+0], {a}; .param .b32 p1; st.param.b32 [p1+0], {b}; .param .b32 back;
            call.uni (back), larger, (p0, p1); ld.param.b32 %r1, [back+0]; st.global.u32 [%l1+{at}], %r1; }}"
        )
    };
    let body = format!(
        ".entry k(.param .u64 out) {{ .reg .b32 %r<4>; .reg .b64 %l<4>; ld.param.u64 %l1, [out]; {} {} ret; }}",
        call(3, 8, 0),
        call(9, 4, 4)
    );
    assert_eq!(run(function, &body, &[])[..2], [8, 9]);
    let recursive = ".func f() { call.uni f; ret; }\n.entry k() { call.uni f; ret; }";
    assert!(Module::parse(&format!("{HEAD}{recursive}")).unwrap_err().reason.contains("recursion"));
}

#[test]
fn generic_addresses_know_their_space() {
    let body = ".entry k(.param .u64 out) { .reg .b32 %r<8>; .reg .b64 %l<8>; .reg .pred %p<4>;
        .shared .align 4 .b8 tile[8]; .local .align 4 .b8 own[8];
        ld.param.u64 %l1, [out]; mov.u64 %l2, tile; cvta.shared.u64 %l3, %l2; st.u32 [%l3+4], 5; ld.shared.u32 %r1, [tile+4];
        st.global.u32 [%l1], %r1; mov.u64 %l4, own; cvta.local.u64 %l5, %l4; st.u32 [%l5], 6; ld.local.u32 %r2, [own];
        st.u32 [%l1+4], %r2; isspacep.shared %p1, %l3; isspacep.global %p2, %l3; selp.u32 %r3, 1, 0, %p1;
        selp.u32 %r4, 1, 0, %p2; st.global.v2.u32 [%l1+8], {%r3, %r4}; cvta.to.shared.u64 %l6, %l3; ld.shared.u32 %r5, [%l6+4];
        st.global.u32 [%l1+16], %r5; ret; }";
    assert_eq!(run("", body, &[])[..5], [5, 6, 1, 0, 5]);
}

proptest! {
    /// Whatever is cut out, put in or changed: an error at worst.
    #[test]
    fn mutilated_text_never_panics(
        start in 0usize..ADD.len(), length in 0usize..40, put in "[ -~\n]{0,12}", again in 0usize..ADD.len()
    ) {
        let mut text = ADD.to_owned();
        let end = (start + length).min(text.len());
        text.replace_range(start..end, &put);
        let again = again.min(text.len());
        text.insert_str(again, &put);
        let _ = Module::parse(&text);
    }

    #[test]
    fn random_text_never_panics(text in "(\\.version 7\\.8\n)?([.%@!{}()\\[\\]<>;,:|+=_a-z0-9 \"/*-]|\\.entry |\\.reg |\n){0,200}") {
        let _ = Module::parse(&text);
    }

    /// A module that parses although it is mutilated can be run: a fault at worst.
    #[test]
    fn mutilated_modules_never_panic_when_they_run(line in 0usize..40, other in 0usize..40, word in 0usize..6) {
        let mut lines: Vec<String> = ADD.lines().map(str::to_owned).collect();
        let (line, other) = (line % lines.len(), other % lines.len());
        lines.swap(line, other);
        let words: Vec<&str> = lines[other].split(' ').collect();
        let kept: Vec<&str> = words.iter().enumerate().filter(|(index, _)| *index != word).map(|(_, word)| *word).collect();
        lines[other] = kept.join(" ");
        if let Ok(module) = Module::parse(&lines.join("\n")) {
            let mut device = Device::new(module);
            let data = device.upload(&[1f32; 8]);
            let launch = Launch { block: [8, 1, 1], instruction_limit: 10_000, ..Launch::default() };
            let arguments = [Argument::U32(8), Argument::U64(data), Argument::U64(data), Argument::U64(data)];
            let _ = device.launch("add", &launch, &arguments);
        }
    }
}
