//! Parses files of PTX text and says what they hold, or why they are not accepted.

fn main() {
    for path in std::env::args().skip(1) {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                println!("{path}: {error}");
                continue;
            }
        };
        match ferrolab_cuda_emulator::Module::parse(&text) {
            Err(error) => println!("{path}: {error}"),
            Ok(module) => {
                println!("{path}: PTX {}, sm_{}", module.version, module.target);
                for kernel in &module.kernels {
                    println!(
                        "  {}: {} instructions, {} registers, {} bytes of shared and {} of local memory",
                        kernel.name,
                        kernel.instructions.len(),
                        kernel.registers,
                        kernel.static_shared_bytes(),
                        kernel.local_bytes
                    );
                }
            }
        }
    }
}
