//! Last digits as hardware and its assembler may choose them.

use super::{Kernel, on_emulator, start};

/// Writes what is left of 1 + 2^-12, squared, when 1 + 2^-11 is taken away: nothing, or 2^-24 where that is one step.
const SQUARES: &str = "
.version 7.8
.target sm_60
.address_size 64
.visible .entry squares(.param .u64 to)
{
    .reg .f32 %f<20>;
    .reg .b64 %rd<2>;
    ld.param.u64 %rd1, [to];
    mov.f32 %f1, 0f3F800800;
    mov.f32 %f2, 0fBF801000;
    mov.f32 %f3, 0f3F801000;

    mul.f32 %f4, %f1, %f1;
    add.f32 %f5, %f4, %f2;
    st.global.f32 [%rd1], %f5;
    sub.f32 %f6, %f4, %f3;
    st.global.f32 [%rd1+4], %f6;
    sub.f32 %f7, %f3, %f4;
    st.global.f32 [%rd1+8], %f7;

    mul.rn.f32 %f8, %f1, %f1;
    add.f32 %f9, %f8, %f2;
    st.global.f32 [%rd1+12], %f9;
    mul.f32 %f10, %f1, %f1;
    add.rn.f32 %f11, %f10, %f2;
    st.global.f32 [%rd1+16], %f11;

    mov.f32 %f12, %f1;
    mul.f32 %f13, %f12, %f12;
    mov.f32 %f12, 0f00000000;
    add.f32 %f14, %f13, %f2;
    st.global.f32 [%rd1+20], %f14;

    mul.f32 %f15, %f1, %f1;
$L_elsewhere:
    add.f32 %f16, %f15, %f2;
    st.global.f32 [%rd1+24], %f16;

    ex2.approx.f32 %f17, 0f3F333333;
    st.global.f32 [%rd1+28], %f17;
    ret;
}
";

fn squares() -> Vec<f32> {
    let (_, stream) = start();
    let results = stream.alloc_zeros::<f32>(8).unwrap();
    let (address, _waits) = cudarc::driver::DevicePtr::device_ptr(&results, &stream);
    let kernel = Kernel::load(SQUARES, "squares");
    kernel.launch(&stream, 1, 1, &mut [&raw const address as _]).unwrap();
    stream.clone_dtoh(&results).unwrap()
}

#[test]
fn products_are_fused_with_sums_where_the_assembler_may_do_so() {
    let variables = [("FERROLAB_EMULATOR_FREEDOM", "1")];
    on_emulator("products_are_fused_with_sums_where_the_assembler_may_do_so", &variables, || {
        let rest = 2f32.powi(-24);
        let found = squares();
        assert_eq!(found[..3], [rest, rest, -rest], "fused");
        assert_eq!(found[3..7], [0.0; 4], "rounded, or from elsewhere");
        let (exact, apart) = (0.7f64.exp2() as f32, 2.0 * f32::EPSILON);
        assert!(found[7] != 0.0 && (found[7] - exact).abs() <= apart, "{} for {exact}", found[7]);
    });
}

#[test]
fn products_are_rounded_otherwise() {
    on_emulator("products_are_rounded_otherwise", &[], || {
        let found = squares();
        assert_eq!(found[..7], [0.0; 7]);
        assert_eq!(found[7], f64::from(0.7f32).exp2() as f32);
    });
}
